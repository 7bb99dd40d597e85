"""Sends a request to the dialect that its path belongs to. It must never look at anything but the path."""

from collections.abc import Callable, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from dayline.kit.dialect import Dialect
from dayline.kit.wire import local_path

Rows = Sequence[tuple[str, ASGIApp]]


def dispatcher(dialects: Sequence[tuple[Dialect, ASGIApp]], otherwise: ASGIApp) -> ASGIApp:
    """Join the dialects: ``/<name>/…`` first, then the longest claim, then the longest fallback, then ``otherwise``.

    Lifespan and websockets go to ``otherwise``. Raises ValueError when two dialects want the same prefix.
    """
    mounts = _table([(dialect.name, app) for dialect, app in dialects])
    claimed = _finder([(prefix, app) for dialect, app in dialects for prefix in dialect.claims])
    fallback = _finder([(prefix, app) for dialect, app in dialects for prefix in dialect.fallback])

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await otherwise(scope, receive, send)
            return
        path = local_path(scope)
        name = path.removeprefix("/").partition("/")[0]
        if app := mounts.get(name):
            scope = {**scope, "root_path": f"{scope.get('root_path', '')}/{name}"}
        else:
            app = claimed(path) or fallback(path) or otherwise
        await app(scope, receive, send)

    return dispatch


def _table(rows: Rows) -> dict[str, ASGIApp]:
    keys = [key for key, _ in rows]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise ValueError(f"claimed by two dialects: {', '.join(twice)}")
    return dict(rows)


def _finder(rows: Rows) -> Callable[[str], ASGIApp | None]:
    """Make the search for the longest prefix by whole segments; it never looks deeper than the deepest prefix."""
    prefixes = _table(rows)
    deepest = max((prefix.count("/") for prefix in prefixes), default=0)

    def find(path: str) -> ASGIApp | None:
        prefix = "/".join(path.split("/", deepest + 1)[: deepest + 1])
        while prefix and prefix not in prefixes:
            prefix = prefix.rpartition("/")[0]
        return prefixes.get(prefix)

    return find
