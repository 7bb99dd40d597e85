"""Writes to another system at most once under a key, whatever gets lost on the way. It never sends again what may have
been written: it looks for it first, and says so where it cannot tell.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import msgspec
from msgspec import Struct

from dayline.domain.attempt import Busy, Known, Taken
from dayline.domain.audit import Deed
from dayline.domain.errors import Conflict, KeyReused
from dayline.domain.identity import Principal
from dayline.remote.connector import Answer, NewNote, Outbound, RemoteActivity, RemotePage, Wanted
from dayline.remote.errors import RemoteError
from dayline.remote.finding import Seen, Sought, clock_of, seen, sought
from dayline.remote.line import Asked, Line
from dayline.remote.merging import Options, merged
from dayline.remote.reading import made_answer
from dayline.service.attempts import Attempts, Place, unnamed_key
from dayline.service.units import deed_of

FORCE = "Dayline-Force: send"
PAGES = (100, 10, 1)  # how many notes are asked for at once: fewer where so many are too long
MOST_PAGES = 50  # that are looked through for a note
_NOT_FINAL = frozenset({401, 403, 425, 429})  # what may be different the next time
_NOT_KEPT = frozenset({"set-cookie"})  # of an answer's headers


class Once(Protocol):
    """An idempotency key, and what request it came with."""

    @property
    def key(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...


class Written(Struct, frozen=True):
    """A note that is there; ``replayed`` when this request did not write it."""

    activity: RemoteActivity
    answer: Answer
    replayed: bool


class _Kept(Struct, frozen=True):
    """An answer as an attempt keeps it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    media_type: str
    body: bytes


class Writing:
    """One note on its way through one line."""

    def __init__(
        self, line: Line, attempts: Attempts, note: NewNote, options: Options, once: Once | None, settle_ms: int
    ) -> None:
        """``settle_ms`` is how long a note may take to appear at the vendor. Raises Invalid."""
        self._line, self._attempts, self._note, self._once, self._settle_ms = line, attempts, note, once, settle_ms
        plain = line.connector.create(line.connection, note)
        self.outbound: Outbound = merged(plain, options)
        self._asked = Asked(
            operation="create",
            outbound=self.outbound,
            values={"candidate_id": note.candidate_id},
            request_id=options.request_id,
        )
        clean = line.veil(self.outbound).text
        self._sought: Sought = sought(line.connector, line.connection, note, plain, self.outbound, clean)
        key = unnamed_key() if once is None else once.key
        self._place = Place(line.account_id, line.account.id, key, self._sought.digest)

    async def write(self, who: Principal, *, force: bool) -> Written:
        """Write the note, or give what an earlier request under the key has written.

        Raises RemoteError, KeyReused, Conflict while another request with the key is under way, and Unavailable.
        """
        fingerprint = "" if self._once is None else f"{who.user_id}:{self._once.fingerprint}:{_query(self.outbound)}"
        verdict = await self._attempts.take(self._place, fingerprint, self._deed(who))
        match verdict:
            case "other":
                raise KeyReused("This Idempotency-Key was used before, with another request.")
            case Busy():
                retry_after = -(-verdict.left // 1000)
                raise Conflict("Another request with this Idempotency-Key is under way.", retry_after=retry_after)
            case Known():
                return self._again(verdict)
        try:
            return await self._written(who, verdict, force=force)
        except RemoteError:
            raise
        except BaseException:
            # Called off, or a fault of ours, at a moment that nobody knows: the next one looks.
            await asyncio.shield(self._attempts.unknown(self._place, verdict))
            raise

    async def _written(self, who: Principal, taken: Taken, *, force: bool) -> Written:
        if taken.unsure_at and not force:
            found = await self._looked(who, taken)
            if found is not None:
                return found
            await self._attempts.renew(self._place, taken)
        try:
            answer, activity = await self._line.ask(
                self._asked, lambda answer: self._line.connector.created(answer, self._note), lambda _: 1
            )
        except RemoteError as error:
            await self._lost(taken, error)
            raise self._told(error) from error
        kept = b"" if self._once is None else _packed(answer)
        await self._attempts.written(self._place, taken, (activity.id, kept), self._deed_of(who))
        return Written(activity, answer, replayed=False)

    def _deed(self, who: Principal) -> Deed:
        """What the audit is told before anything is sent: that the note was asked for."""
        account = self._line.account
        told = {"how": f"to {account.integration}", "integrated_account": account.id}
        return deed_of(who, "remote_note", "created", account.number, self._attempts.clock(), **told)

    def _deed_of(self, who: Principal) -> Callable[[str], Deed]:
        """What the audit is told of the note, once it is known to be there."""
        deed = self._deed(who)  # here and now: where it comes from is known to this task alone
        return lambda note_id: msgspec.structs.replace(deed, details={**deed.details, "note": note_id})

    async def _lost(self, taken: Taken, error: RemoteError) -> None:
        """Keep how a call ended that did not end well."""
        if error.kind in ("unknown", "unreadable"):
            await self._attempts.unknown(self._place, taken)
        elif error.kind == "refused" and error.answer is not None and error.status not in _NOT_FINAL:
            kept = b"" if self._once is None else _packed(error.answer)
            await self._attempts.refused(self._place, taken, kept)
        else:
            await self._attempts.unsent(self._place, taken)

    def _told(self, error: RemoteError) -> RemoteError:
        """Say what to do where nobody knows whether the note was written."""
        if error.kind not in ("unknown", "unreadable"):
            return error
        advice = "look before you repeat this, and send an Idempotency-Key next time."
        if self._once is not None:
            advice = "repeat this with the same Idempotency-Key to find out."
        message = f"{error.message.rstrip('.')}. The note may or may not have been written: {advice}"
        return RemoteError(
            error.kind,
            error.status,
            message,
            refusal=error.refusal,
            answer=error.answer,
            retry_after=error.retry_after,
        )

    def _again(self, known: Known) -> Written:
        """What an earlier request under the key came to. Raises RemoteError where that was a refusal."""
        kept = _unpacked(known.answer)
        answer = made_answer(kept.status, kept.headers, kept.media_type, kept.body)
        if known.state == "refused":
            refusal = self._line.connector.refusal(answer)
            assert refusal is not None
            message = self._line.message(refusal, answer)
            raise RemoteError("refused", refusal.status, message, refusal=refusal, answer=answer, replayed=True)
        return Written(self._line.connector.created(answer, self._note), answer, replayed=True)

    async def _looked(self, who: Principal, taken: Taken) -> Written | None:
        """The note that an earlier request wrote after all; None where it surely did not.

        Raises RemoteError (504) where that cannot be told.
        """
        try:
            found = await self._search(taken)
        except RemoteError as error:
            await self._attempts.unsent(self._place, taken)
            raise _untold(f"it could not be looked for: {error.message.rstrip('.')}", error.retry_after) from error
        if found.notes:
            answers = {one.id: self._answer_of(one) for one in found.notes}
            notes = [(id_, _packed(answer)) for id_, answer in answers.items()]
            adopted = await self._attempts.adopt(self._place, taken, notes, self._deed_of(who))
            if adopted.id is not None:
                answer = answers[adopted.id]
                return Written(self._line.connector.created(answer, self._note), answer, replayed=True)
            if adopted.busy:
                await self._attempts.unsent(self._place, taken)
                raise _untold("the same note is being written by another request", 1)
        claimed = await self._attempts.claimed(self._place, [one.id for one in found.doubtful])
        if not found.sure or any(one.id not in claimed for one in found.doubtful):
            await self._attempts.unsent(self._place, taken)
            raise _untold(f"{self._line.connector.label}'s notes do not tell", None)
        left = taken.unsure_at + self._settle_ms - self._attempts.clock()
        if left > 0:
            await self._attempts.unsent(self._place, taken)
            raise _untold("it is not there, but might still come", -(-left // 1000))
        return None

    def _answer_of(self, found: RemoteActivity) -> Answer:
        """The note as the vendor lists it, in the shape of the answer that was lost."""
        document = self._line.connector.enveloped(found.raw)
        body = msgspec.json.encode(document)
        return Answer(status=200, headers=(), media_type="application/json", body=body, document=document)

    async def _search(self, taken: Taken) -> Seen:
        """Look through the candidate's notes."""
        if "list" not in self._line.connector.methods or self._sought.text is None:
            return Seen((), (), False)
        items: list[RemoteActivity] = []
        clock, whole, before = None, False, b""
        async for page, answer in self._pages():
            items += page.items
            # A vendor that gives the same page twice has not been asked for another in a way that it understands.
            clock, whole, before = clock_of(answer), page.cursor is None and answer.body != before, answer.body
        found = seen(self._sought, items, taken.first_at, self._attempts.clock(), clock)
        return Seen(found.notes, found.doubtful, found.sure and whole)

    async def _pages(self) -> AsyncIterator[tuple[RemotePage, Answer]]:
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            answer, page = await self._page(cursor)
            yield page, answer
            if page.cursor is None or page.cursor == cursor:
                return
            cursor = page.cursor

    async def _page(self, cursor: str | None) -> tuple[Answer, RemotePage]:
        for limit in PAGES:
            wanted = Wanted(candidate_id=self._note.candidate_id, limit=limit, cursor=cursor)
            outbound = self._line.connector.list(self._line.connection, wanted)
            asked = msgspec.structs.replace(self._asked, operation="look", outbound=outbound)
            try:
                return await self._line.ask(asked, _reader(self._line, wanted), lambda page: len(page.items))
            except RemoteError as error:
                if not error.too_long or limit == PAGES[-1]:
                    raise
        raise AssertionError("the last one returns or raises")


def _reader(line: Line, wanted: Wanted) -> Callable[[Answer], RemotePage]:
    return lambda answer: line.connector.listed(answer, wanted)


def _untold(why: str, retry_after: int | None) -> RemoteError:
    message = (
        "Nobody knows whether an earlier request with this Idempotency-Key has written the note: "
        f"{why}. It was not sent again. Repeat this later, or send it all the same with the header {FORCE}."
    )
    return RemoteError("unknown", 504, message, retry_after=retry_after)


def _query(outbound: Outbound) -> str:
    return msgspec.json.encode(outbound.query).decode()


def _packed(answer: Answer) -> bytes:
    headers = tuple(header for header in answer.headers if header[0] not in _NOT_KEPT)
    return msgspec.json.encode(_Kept(answer.status, headers, answer.media_type, answer.body))


def _unpacked(raw: bytes) -> _Kept:
    return msgspec.json.decode(raw, type=_Kept)
