"""Attachments: files and links on an activity. A file is on the disk before the row that names it, and goes after it.

Whoever may change an activity may change its attachments. The key of a file opens it to whoever has it.
"""

import re
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import BinaryIO, Final
from urllib.parse import unquote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.activity import Activity, Attachment, visible
from dayline.domain.attaching import MAX_NAME, Attach, Attaching, NewAttachment, ReplaceMain
from dayline.domain.errors import DaylineError, NotFound, Unavailable, invalid
from dayline.domain.filter import Sort
from dayline.domain.identity import Principal
from dayline.store.files import Files, Incoming
from dayline.store.lists import Viewer
from dayline.store.store import Store
from dayline.store.unit import Counter

FILES: Final = "/files"
"""Where links to files begin, below the address of this server."""

MAX_URL: Final = 2000
UNSETTLED_SECONDS: Final = 3600.0  # no request lasts as long: what arrived before that belongs to none under way
_PIECE: Final = 500
_LINK: Final = re.compile(r"([1-9][0-9]{0,17})-([0-9a-f]{32})")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_BLANK: Final = re.compile(r"[ \xa0]")
_SEPARATORS: Final = re.compile(r"[/\\]")
_OCTETS: Final = "application/octet-stream"


class Stored(Struct, frozen=True):
    """A file to be sent: its bytes, which whoever asked has to close, and what the activity says of it."""

    data: BinaryIO
    attachment: Attachment


class Held(Struct, frozen=True):
    """An attachment with the activity that has it."""

    activity: Activity
    attachment: Attachment


class Attachments:
    """The verbs on attachments that are not changes of an activity: receiving, reading, and clearing up."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def receive(self) -> Incoming:
        """A place for the bytes of a new file."""
        return self._store.files.receive()

    async def open(self, link: str) -> Stored:
        """The file behind a capability link, while its activity lives. Raises NotFound."""
        named = _LINK.fullmatch(link)
        if named is None:
            raise NotFound("No such file")
        account_id, key = int(named[1]), named[2]
        found = await self._store.attachment(account_id, key)
        if found is None:
            raise NotFound("No such file")
        data = await self._store.files.open(account_id, key)
        if data is None:
            raise NotFound("The bytes of this file are not here: `dayline doctor` tells which files are missing.")
        return Stored(data, found)

    async def find(self, who: Principal, id_: int) -> Held:
        """The attachment with this id, while its activity lives and can be seen. Raises NotFound."""
        activity_id = await self._store.activity_of(who.account_id, id_)
        found = [] if activity_id is None else await self._held(who, [(id_, activity_id)])
        if not found:
            raise NotFound("Attachment not found")
        return found[0]

    async def page(self, who: Principal, sort: Sort, limit: int, offset: int) -> tuple[list[Held], bool]:
        """Attachments of all living activities that can be seen, by id or updated_at; and whether there are more.

        ``offset`` leaves out so many of them. What goes between the two looks that this takes is left out too.
        """
        viewer = Viewer(who.account_id, who.user_id, who.is_admin)
        places, more = await self._store.attachments(viewer, sort, limit, offset)
        return await self._held(who, places), more

    async def _held(self, who: Principal, places: Sequence[tuple[int, int]]) -> list[Held]:
        """Those of these (id, activity's id) that are still there and can be seen, in the same order."""
        activities = await self._store.activities_by_id(who.account_id, {activity_id for _, activity_id in places})
        found = {
            attachment.id: Held(activity, attachment)
            for activity in activities
            if activity.deleted_at is None and visible(activity, who.user_id, admin=who.is_admin)
            for attachment in activity.attachments
        }
        return [found[id_] for id_, _ in places if id_ in found]

    async def tidy(self) -> None:
        """Remove the files whose attachments are gone. Raises Unavailable."""
        left = sum([await self._store.remove_gone_files(account.id) for account in await self._store.accounts()])
        if left:
            raise Unavailable(
                f"{left:,} files of removed attachments cannot be removed: see {self._store.files.folder}."
            )

    async def settle(self) -> None:
        """Sort out what a crash left half done: each file that arrived long ago is kept or removed, as its row says."""
        files = self._store.files
        left = set(await files.unsettled(UNSETTLED_SECONDS, time.time()))
        for account in await self._store.accounts():
            known = await self._store.known_files(account.id, sorted(left))
            await files.settle(account.id, known)
            left -= known
        await files.remove(0, left)

    async def missing(self, account_id: int) -> AsyncIterator[str]:
        """Keys of files that the rows name and the folder has not."""
        last = 0
        while rows := await self._store.files_of(account_id, last, _PIECE):
            for id_, key in rows:
                if not self._store.files.path(account_id, key).exists():
                    yield key
                last = id_


def link_of(account_id: int, attachment: Attachment, base_url: str) -> str:
    """Where anybody who has this text gets the attachment: the link itself, or its file on this server."""
    if attachment.key is None:
        return attachment.url or ""
    return f"{base_url}{FILES}/{account_id}-{attachment.key}"


def file_attachment(file: object, name: str, size: int, field: str) -> NewAttachment:
    """A file that ``receive`` took as an attachment; its first bytes tell its type. Raises Invalid for an empty one."""
    assert isinstance(file, Incoming)
    if not size:
        raise invalid(field, "This file is empty.")
    return NewAttachment(name=clean_name(name), key=file.key, media_type=sniffed(file.head), size=size, field=field)


def url_attachment(url: str, field: str, name: str | None = None) -> NewAttachment:
    """A link as an attachment, named by the end of its path. It is kept, and never fetched. Raises Invalid."""
    if not is_url(url):
        raise invalid(field, "This value is not a valid URL.")
    if len(url) > MAX_URL:
        raise invalid(field, f"A URL has at most {MAX_URL} characters.")
    parts = urlsplit(url)
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    return NewAttachment(name=clean_name(name or last or parts.hostname or ""), url=url, field=field)


def is_url(text: str) -> bool:
    """Whether this is an absolute http or https URL with a host."""
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return usable and parts.scheme in ("http", "https") and not (_CONTROL.search(text) or _BLANK.search(text))


def clean_name(name: str) -> str:
    """The last part of a file's name, without what a header, a terminal or a file system could take for something else.

    What is too long keeps its ending.
    """
    base = _CONTROL.sub("", _SEPARATORS.split(name)[-1]).strip(" ").rstrip(" .") or "file"
    stem, dot, ending = base.rpartition(".")
    if len(base) <= MAX_NAME or not dot or len(ending) > 20:
        return base[:MAX_NAME]
    return stem[: MAX_NAME - len(ending) - 1] + dot + ending


def sniffed(head: bytes) -> str:
    """The media type that the first bytes show, whatever the name says."""
    import puremagic  # noqa: PLC0415 - most processes never receive a file

    try:
        return str(puremagic.from_string(head, mime=True)) or _OCTETS
    except (puremagic.PureError, ValueError):
        return _text_or_octets(head)


def _text_or_octets(head: bytes) -> str:
    """The head may end within a character, of at most four bytes."""
    for end in range(len(head), max(len(head) - 4, -1), -1):
        try:
            text = head[:end].decode()
        except UnicodeDecodeError:
            continue
        return _OCTETS if "\0" in text else "text/plain"
    return _OCTETS


class Kept:
    """What a plan did with files, as far as it was not refused: the last word is the commit."""

    def __init__(self) -> None:
        self.keys: tuple[str, ...] = ()
        self.gone = False

    def note(self, before: Activity | None, after: Activity) -> None:
        """Note which files the activity has now and had not, and whether it has lost one."""
        had = set() if before is None else {one.key for one in before.attachments if one.key}
        has = {one.key for one in after.attachments if one.key}
        self.keys, self.gone = tuple(has - had), bool(had - has)


@asynccontextmanager
async def keeping(store: Store, account_id: int, changes: Iterable[Attaching]) -> AsyncIterator[Kept]:
    """Around a write with files: those that it used are moved to their place, those that it did not use are removed.

    When nobody can tell whether it was committed, they stay where they are, for ``settle``.
    """
    arrived = {one.what.key for one in changes if isinstance(one, Attach | ReplaceMain) and one.what and one.what.key}
    kept = Kept()
    store.files.keep(arrived)
    try:
        yield kept
    except DaylineError as error:
        if not isinstance(error, Unavailable):
            await _forget(store.files, arrived)
        raise
    await _forget(store.files, arrived.difference(kept.keys))
    await store.files.settle(account_id, kept.keys)
    if kept.gone:
        with suppress(Unavailable):  # it is committed; what is left is removed when the server tidies up
            await store.remove_gone_files(account_id)


async def _forget(files: Files, keys: Iterable[str]) -> None:
    """Nothing depends on it: what cannot be removed now is found by ``settle``."""
    await files.remove(0, keys)


def numbered(activity: Activity, counter: Counter) -> Activity:
    """The activity with a number for each attachment that has none yet."""
    if all(one.id for one in activity.attachments):
        return activity
    given = (one if one.id else replace(one, id=counter.next_id("attachment")) for one in activity.attachments)
    return replace(activity, attachments=tuple(given))
