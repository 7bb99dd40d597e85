"""The records of the sample data: companies and who works there, what is sold to them, whom they may hire. Pure."""

import random
import unicodedata
from collections.abc import Iterator, Sequence

from dayline.demo.content import CANDIDATES, COMPANIES, CONTACTS, DEALS, JOBS, LEADS, PROJECTS
from dayline.domain.identity import User
from dayline.domain.record import Kind, RecordDraft


def plan_records(chance: random.Random, users: Sequence[User]) -> list[RecordDraft]:
    """Sixty records of every kind."""
    plain = [*_companies(), *_contacts(), *_candidates(), *_others(chance)]
    return [
        RecordDraft(kind=kind, name=name, email=email, phone=phone, owner_id=chance.choice(users).id)
        for kind, name, email, phone in plain
    ]


_Plain = tuple[Kind, str, str | None, str | None]


def _companies() -> Iterator[_Plain]:
    for place, (name, domain, _, _) in enumerate(COMPANIES):
        yield "organization", name, f"hello@{domain}", f"+44 20 7946 01{place:02d}"


def _contacts() -> Iterator[_Plain]:
    """Contact n works at company n, round and round: the diary relies on it."""
    for place, name in enumerate(CONTACTS):
        yield "contact", name, f"{mailbox(name)}@{COMPANIES[place % len(COMPANIES)][1]}", f"+44 20 7946 02{place:02d}"


def _candidates() -> Iterator[_Plain]:
    for place, name in enumerate(CANDIDATES):
        yield "candidate", name, f"{mailbox(name)}@mail.example.com", f"+44 20 7946 03{place:02d}"


def _others(chance: random.Random) -> Iterator[_Plain]:
    for name in JOBS:
        yield "job", name, None, None
    for company in COMPANIES:
        yield "deal", f"{company[0]}: {chance.choice(DEALS)}", None, None
    for name, company in zip(LEADS, COMPANIES, strict=False):
        yield "lead", f"{company[0]}: {name}", None, None
    for name in PROJECTS:
        yield "project", name, None, None
    yield "sequence", "Welcome, in five mails", None, None
    yield "other", "Office party", None, None


def mailbox(name: str) -> str:
    """The part of an email address before the @: plain letters and dots."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("ø", "o").replace("ł", "l"))
    return "".join(letter for letter in plain.replace(" ", ".") if letter.isascii())
