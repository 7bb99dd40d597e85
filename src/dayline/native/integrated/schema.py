"""Integrated accounts and the calls to their systems on the native API's wire. No behaviour.

Neither a credential nor what the other system needs beside it is ever shown.
"""

from typing import Annotated

from msgspec import Meta, Struct

from dayline.domain.integrated import LONGEST_WORD, Status
from dayline.native.activities.schema import Moment

Cursor = Annotated[str | None, Meta(description="`next_cursor` of the page before.")]
Word = Annotated[str, Meta(max_length=LONGEST_WORD)]


class AccountsQuery(Struct, frozen=True, kw_only=True):
    """The parameters of the list of integrated accounts."""

    tenant_id: Annotated[Word | None, Meta(description="Only those of this customer.")] = None
    integration: Annotated[Word | None, Meta(description="Only those in this system, such as `lever`.")] = None
    sandbox: bool | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Cursor = None


class RemoteCall(Struct, frozen=True, kw_only=True):
    """One call to another system, as it is logged: without a query, a credential or a body."""

    id: str
    at: str
    operation: Annotated[str, Meta(description="What was wanted, such as `activities.list`.")]
    method: str
    path: Annotated[str, Meta(description="With the names of what stands in it, not its values.")]
    status: Annotated[int | None, Meta(description="The other system's; null where there was no answer.")]
    ms: Annotated[int, Meta(description="How long it took.")]
    result_count: int | None
    error: Annotated[str, Meta(description="What went wrong; empty when nothing did.")]
    request_id: str


class IntegratedState(Struct, frozen=True, kw_only=True):
    """A customer's account in another system, as a change left it."""

    id: str
    integration: Annotated[str, Meta(description="Which system: `ashby`, `lever` or `recruitee`.")]
    tenant_id: Annotated[str, Meta(description="Whose account it is, as your own software calls this customer.")]
    label: str | None
    status: Annotated[
        Status,
        Meta(
            description="`needs_reauth`: the other system refuses the credential, and `dayline connect` gives it one."
        ),
    ]
    status_since: Annotated[str, Meta(description="Since when it stands so.")]
    last_error: Annotated[str | None, Meta(description="What the other system said when it refused the credential.")]
    sandbox: bool
    created_at: str
    updated_at: str


class IntegratedAccount(IntegratedState, frozen=True, kw_only=True):
    """A customer's account in another system."""

    last_call: Annotated[RemoteCall | None, Meta(description="Up to a second late; null where none is logged.")]


class AccountPage(Struct, frozen=True, kw_only=True):
    """One page of integrated accounts, the first connected first; ``next_cursor`` is null on the last."""

    data: list[IntegratedAccount]
    next_cursor: str | None


class CallsQuery(Struct, frozen=True, kw_only=True):
    """The parameters of the list of calls."""

    failed: Annotated[bool, Meta(description="Only what was no success, an answer that never came among it.")] = False
    since: Moment | None = None
    until: Annotated[Moment | None, Meta(description="Only before then.")] = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Cursor = None


class CallPage(Struct, frozen=True, kw_only=True):
    """One page of calls, the latest first; ``next_cursor`` is null on the last."""

    data: list[RemoteCall]
    next_cursor: str | None
