"""What callers gave a name to, without a person's: filters, types, tokens, webhooks, integrated accounts.

It must never change whom a webhook tells of what, nor which other records a filter asks for.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from dayline.domain.condition import Group, Part, Span, conditions_of
from dayline.domain.erasing import Subject, in_other_words
from dayline.domain.integrated import IntegratedAccount
from dayline.domain.marks import ERASED
from dayline.domain.record import KINDS
from dayline.domain.saved import SavedFilter
from dayline.domain.webhook import Webhook
from dayline.service.erasing_work import Run, rows_with
from dayline.service.erasing_writing import write
from dayline.store.store import Store
from dayline.store.sweep import Row
from dayline.store.unit import Entity, Entry, Facts, Needs, Plan, encode

_filter: Final = msgspec.json.Decoder(SavedFilter)
_webhook: Final = msgspec.json.Decoder(Webhook)
_integrated: Final = msgspec.json.Decoder(IntegratedAccount)


class Words:
    """The steps of an erasure that put other words into names and labels."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def filters(self, run: Run, rows: Sequence[Row]) -> None:
        """Saved filters: their names and conditions."""
        for saved in (_filter.decode(row.texts["body"]) for row in rows):
            if any(
                _asks_for(condition.field, condition.value, run.subject) for condition in conditions_of(saved.where)
            ):
                run.leave(f"filter {saved.id} asks for the person's record, and finds nothing any more")
        ids = self._near(run, rows)
        await self._reword(
            run, Needs(filters=ids), "filter", lambda facts: facts.found.filters, ("name",), _asking_without
        )

    async def types(self, run: Run, rows: Sequence[Row]) -> None:
        """Types of activities: their labels."""
        await self._reword(run, Needs(types=self._near(run, rows)), "type", lambda facts: facts.found.types, ("label",))

    async def tokens(self, run: Run, rows: Sequence[Row]) -> None:
        """Tokens: their names."""
        ids = self._near(run, rows)
        await self._reword(run, Needs(tokens=ids), "token", lambda facts: facts.found.tokens, ("name",))

    async def webhooks(self, run: Run, rows: Sequence[Row]) -> None:
        """Webhooks: their names, and the slug of his record where they choose it."""
        subject = run.subject
        for webhook in (_webhook.decode(row.texts["body"]) for row in rows):
            if any(map(subject.is_ref, webhook.records)):
                run.leave(f"webhook {webhook.id} chooses the person's record, and is told nothing of it any more")
        ids = tuple(row.key[0] for row in rows if rows_with(subject, [row.texts["body"]]))
        await self._reword(
            run, Needs(webhooks=ids), "webhook", lambda facts: facts.found.webhooks, ("name",), _without_slug
        )

    async def integrated(self, run: Run, rows: Sequence[Row]) -> None:
        """Integrated accounts: their labels, and what went wrong last."""
        near = [row.texts["body"] for row in rows if run.subject.far.may_be_in(row.texts["body"])]
        needs = Needs(integrated=tuple(_integrated.decode(body).id for body in near))
        names = ("label", "last_error")
        await self._reword(run, needs, "integrated account", lambda facts: facts.found.integrated, names)

    def _near(self, run: Run, rows: Sequence[Row]) -> tuple[int, ...]:
        return tuple(row.key[0] for row in rows if run.subject.far.may_be_in(row.texts["body"]))

    async def _reword(
        self,
        run: Run,
        needs: Needs,
        what: str,
        found: Callable[[Facts], Any],
        names: tuple[str, ...],
        also: Callable[[Any, Subject], Any] = lambda entity, _: entity,
    ) -> None:
        """Take his names out of these fields, and what ``also`` does; tell where else they are."""
        if needs == Needs():
            return
        subject, far = run.subject, run.subject.far

        def plan(facts: Facts) -> Plan[None]:
            entries = list[Entry]()
            for before in {id(one): one for one in found(facts).values()}.values():
                after = also(in_other_words(before, far, *names), subject)
                if after is not before:
                    entries.append(Entry("changed", before, replace(after, **_touched(after, facts)), forgets=True))
                if far.are_in(encode(after)):
                    number = getattr(after, "number", None) or after.id
                    run.leave(f"{what} {number} says the name or the address where an erasure does not change it")
            return Plan(tuple(entries), None)

        run.count(f"{what}s changed", len(await write(self._store, run, needs, plan, (f"erasing:{what}",))))


def _asks_for(field: str, value: object, subject: Subject) -> bool:
    """Whether a condition is about a record of the person's."""
    return any(field == ref.kind and value in (ref.id, ref.uuid, ref.slug) for ref in subject.traces.refs)


def _asking_without(saved: SavedFilter, subject: Subject) -> SavedFilter:
    """A filter whose conditions do not name the person; by its slug another record is still asked for."""

    def without(part: Part) -> Part:
        if isinstance(part, Group):
            return replace(part, parts=tuple(map(without, part.parts)))
        if isinstance(part, Span) or not isinstance(part.value, str):
            return part
        of_others = part.field in KINDS and not _asks_for(part.field, part.value, subject)
        return part if of_others else replace(part, value=subject.far.out_of(part.value))

    where = replace(saved.where, parts=tuple(map(without, saved.where.parts)))
    return saved if where == saved.where else replace(saved, where=where)


def _without_slug(webhook: Webhook, subject: Subject) -> Webhook:
    """A webhook that chooses the person's record goes on to choose it, without its slug: else it would choose more."""
    records = tuple(replace(ref, slug=ERASED) if subject.is_ref(ref) else ref for ref in webhook.records)
    return webhook if records == webhook.records else replace(webhook, records=records)


def _touched(after: Entity, facts: Facts) -> dict[str, Any]:
    now = facts.author.now
    given = {"updated_at": now, "revision": getattr(after, "revision", 0) + 1}
    return {name: value for name, value in given.items() if name in after.__struct_fields__}
