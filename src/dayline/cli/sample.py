"""The sample data of ``dayline serve --demo``: made where there is none, with a token for it and a link to its page."""

import datetime as dt
import os
from pathlib import Path

from dayline import demo
from dayline.domain.errors import Unauthenticated
from dayline.domain.identity import Account
from dayline.domain.signing import MINUTE_MS
from dayline.service import Service


async def token(service: Service, file: Path) -> str:
    """A token for the sample data, which is made if it is not there. The same one at every start, kept in a file."""
    account = await service.identities.account(demo.ACCOUNT)
    if account is None:
        await demo.fill(service, seed=demo.SEED, today=dt.datetime.now(dt.UTC).date())
    elif (kept := await _kept_token(service, account, file)) is not None:
        return kept
    account = await service.identities.account(demo.ACCOUNT)
    assert account is not None
    admin = next(user for user in await service.identities.users(account.id) if user.role == "admin")
    issued = await service.identities.issue_token(account.id, admin.id, "sample data")
    _keep_token(file, issued.credential)
    return issued.credential


async def link(service: Service, address: str, minutes: int) -> str:
    """A link that signs in as the admin of the sample data, whose token was made before."""
    account = await service.identities.account(demo.ACCOUNT)
    assert account is not None
    admin = next(user for user in await service.identities.users(account.id) if user.role == "admin")
    credential = await service.signing.make_link(account.id, admin.id, minutes * MINUTE_MS)
    return f"{address}/sign-in/{credential}"


async def _kept_token(service: Service, account: Account, file: Path) -> str | None:
    """The token of an earlier start, if it still works."""
    try:
        credential = file.read_text().strip()  # noqa: ASYNC240 - at the start, before anybody waits
        principal = await service.identities.principal(credential)
    except (OSError, Unauthenticated):
        return None
    return credential if principal.account_id == account.id else None


def _keep_token(file: Path, credential: str) -> None:
    """Only the owner may read it: it opens the sample data's account."""
    with os.fdopen(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as out:
        out.write(credential + "\n")
