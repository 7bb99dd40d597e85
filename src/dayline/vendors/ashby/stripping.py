"""What Ashby leaves of HTML: a few tags, and of all others only what stands between them. For the sandbox alone."""

from html import escape
from html.parser import HTMLParser
from typing import Final

KEPT: Final = frozenset(("b", "i", "u", "a", "ul", "ol", "li", "code", "pre"))
SILENT: Final = frozenset(("script", "style"))  # what stands between these is nothing to read


def stripped(html: str) -> str:
    """Leave out every tag that Ashby does not keep, and every attribute but where a link goes."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        if tag in KEPT:
            href = dict(attrs).get("href") if tag == "a" else None
            self.parts.append(f"<{tag}>" if href is None else f'<{tag} href="{escape(href)}">')

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in SILENT))
        if tag in KEPT:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(escape(data, quote=False))
