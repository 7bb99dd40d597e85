"""Sample data: a small team that sells and recruits, what it did lately and plans next. Made through the verbs only.

The same seed and day give the same team, so that an example in the documentation stays true.
"""

import asyncio
import datetime as dt
import random

from dayline.demo.content import TEAM
from dayline.demo.diary import Diary
from dayline.demo.people import plan_records
from dayline.domain.activity import Activity
from dayline.domain.draft import Draft
from dayline.domain.identity import Principal, User
from dayline.domain.record import Record, RecordDraft
from dayline.service import Service, Written
from dayline.service.identity import Issued, NewUser

ACCOUNT = "Dayline Demo"
SEED = 2026
ACTIVITIES = 300
_HOUR_MS = 3_600_000


async def fill(service: Service, *, seed: int, today: dt.date) -> list[User]:
    """Make the account with its users, records and activities around ``today``; give its users, the admin first.

    Raises Conflict when the account is there already.
    """
    chance = random.Random(seed)
    account = await service.identities.create_account(ACCOUNT)
    users = [await service.identities.add_user(account.id, new) for new in _team()]
    tokens = [await _token(service, account.id, user) for user in users]
    writers = [await service.identities.principal(token.credential) for token in tokens]
    # All at once, so that they share their commits; in this order, so that ids follow from the seed.
    drafts = plan_records(chance, users)
    records = await asyncio.gather(*(_record(service, writers[0], draft) for draft in drafts))
    diary = Diary(chance, today, users, records)
    plans = [diary.plan() for _ in range(ACTIVITIES)]
    await asyncio.gather(*(_activity(service, writers[chance.randrange(len(users))], plan) for plan in plans))
    await asyncio.gather(*(service.identities.revoke_token(account.id, issued.token.id) for issued in tokens))
    return users


def _team() -> list[NewUser]:
    return [NewUser(name=name, email=email, role=role, zone="Europe/Tallinn") for name, email, role in TEAM]


async def _token(service: Service, account_id: int, user: User) -> Issued:
    """With what the user writes his sample data. It is revoked in the end, and expires if that is never reached."""
    expires_at = service.store.clock() + _HOUR_MS
    return await service.identities.issue_token(account_id, user.id, "sample data writer", expires_at=expires_at)


async def _record(service: Service, who: Principal, draft: RecordDraft) -> Record:
    return await service.records.create(who, draft, lambda record: record)


async def _activity(service: Service, who: Principal, draft: Draft) -> Activity:
    def written(result: Written) -> Activity:
        return result.activity

    return await service.activities.create(who, draft, written)
