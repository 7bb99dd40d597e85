"""Where an id can stand in the native API."""

from collections.abc import Iterator
from typing import get_args

from dayline.app import NATIVE as DIALECT
from tests.visibility import native_webhooks
from tests.visibility.places import By, Map, Place

NAMES: tuple[By, ...] = ("id", "uuid", "slug")
ACTIVITY = "activity"


def _activities() -> Iterator[Place]:
    for by in NAMES[:2]:
        yield Place(operation="getActivity", where="path id", names=ACTIVITY, by=by, deleted="shown")
        yield Place(operation="getActivityDialects", where="path id", names=ACTIVITY, by=by, deleted="shown")
        yield Place(operation="getActivityHistory", where="path id", names=ACTIVITY, by=by, deleted="shown")
        yield Place(operation="changeActivity", where="path id", names=ACTIVITY, by=by, body={"subject": "Mine"})
        yield Place(operation="deleteActivity", where="path id", names=ACTIVITY, by=by)
        yield Place(operation="restoreActivity", where="path id", names=ACTIVITY, by=by, deleted="works")
        yield from _attachments(by)
    for operation in ("finishActivities", "deleteActivities"):
        yield Place(operation=operation, where="body ids[]", names=ACTIVITY)
    yield Place(operation="listActivities", where="query owner_id", names="user", finds=True)
    for by in NAMES:
        yield Place(operation="listActivities", where="query record", names="deal", by=by, form="deal:{}", finds=True)
    for operation in ("createActivity", "changeActivity"):
        yield from _activity_bodies(operation)


def _attachments(by: By) -> Iterator[Place]:
    one = {"attachment_id": "1"}
    link = {"url": "https://files.example/mine.pdf"}
    yield Place(operation="listAttachments", where="path id", names=ACTIVITY, by=by, deleted="shown")
    yield Place(operation="addAttachment", where="path id", names=ACTIVITY, by=by, body=link)
    yield Place(operation="changeAttachment", where="path id", names=ACTIVITY, by=by, path=one, body={"main": True})
    yield Place(operation="removeAttachment", where="path id", names=ACTIVITY, by=by, path=one)


def _activity_bodies(operation: str) -> Iterator[Place]:
    rest = {"type": "call"} if operation == "createActivity" else {}
    yield Place(operation=operation, where="body owner_id", names="user", body=rest)
    yield Place(operation=operation, where="body collaborators[]", names="user", body=rest)
    user = {"kind": "user"}
    yield Place(operation=operation, where="body attendees[].id", names="user", body=rest, beside=user)
    for by in NAMES:
        deal, contact, candidate = ({"kind": kind} for kind in ("deal", "contact", "candidate"))
        yield Place(operation=operation, where=f"body related[].{by}", names="deal", by=by, body=rest, beside=deal)
        yield Place(operation=operation, where=f"body main.{by}", names="deal", by=by, body=rest, beside=deal)
        yield Place(operation=operation, where=f"body participants[].{by}", names="contact", by=by, body=rest)
        for names, beside in (("contact", contact), ("candidate", candidate)):
            where = f"body attendees[].{by}"
            yield Place(operation=operation, where=where, names=names, by=by, body=rest, beside=beside)


def _records() -> Iterator[Place]:
    deal = {"kind": "deal"}
    for by in NAMES:
        yield Place(operation="getRecord", where="path id", names="deal", by=by, path=deal)
        yield Place(operation="deleteRecord", where="path id", names="deal", by=by, path=deal)
        yield Place(operation="restoreRecord", where="path id", names="deal", by=by, path=deal, deleted="works")
        body = {"name": "Mine now"}
        yield Place(operation="changeRecord", where="path id", names="deal", by=by, path=deal, body=body)
    yield Place(operation="listRecords", where="query external_id", names="deal", by="external_id", finds=True)
    yield Place(operation="createRecord", where="body owner_id", names="user", body={"kind": "deal", "name": "A"})
    yield Place(operation="changeRecord", where="body owner_id", names="user", path=deal, own="deal")
    beside = {"external_id": "of-the-matrix", "name": "A"}
    yield Place(operation="bulkUpsertRecords", where="body records[].owner_id", names="user", body=deal, beside=beside)


def _people() -> Iterator[Place]:
    for by in NAMES:
        yield Place(operation="getUser", where="path id", names="user", by=by, deleted="shown")
        body = {"name": "Mine now"}
        yield Place(operation="changeUser", where="path id", names="user", by=by, body=body, deleted="works")
    yield Place(operation="createToken", where="body user_id", names="user")
    yield Place(operation="revokeToken", where="path id", names="token")
    yield Place(operation="listSessions", where="query user_id", names="user", finds=True)


def _types() -> Iterator[Place]:
    body = {"label": "Mine now"}
    bys: tuple[By, ...] = ("id", "key")
    for by in bys:
        yield Place(operation="getActivityType", where="path id", names="type", by=by, deleted="shown")
        yield Place(operation="changeActivityType", where="path id", names="type", by=by, body=body, deleted="works")
        yield Place(operation="removeActivityType", where="path id", names="type", by=by, deleted="shown")
        for operation in ("createActivity", "changeActivity"):
            yield Place(operation=operation, where="body type", names="type", by=by)
    yield Place(operation="listActivities", where="query type", names="type", by="key", finds=True)


def _erasures() -> Iterator[Place]:
    """The export and the erasure are of the deleted too. Nobody is named here as he has to be, so that nobody goes."""
    for kind in ("contact", "candidate"):
        for by in NAMES:
            path, body = {"kind": kind}, {"confirm": "Nobody's name"}
            # That somebody took it out is noted.
            yield Place(operation="exportPerson", where="path id", names=kind, by=by, path=path, deleted="works")
            yield Place(
                operation="erasePerson", where="path id", names=kind, by=by, path=path, body=body, deleted="refused"
            )
    yield Place(operation="getErasure", where="path id", names="erasure", deleted="never")


def _integrated() -> Iterator[Place]:
    for operation in ("getIntegratedAccount", "listIntegratedAccountCalls"):
        yield Place(operation=operation, where="path id", names="integrated", by="uuid")
    yield Place(
        operation="listIntegratedAccounts",
        where="query tenant_id",
        names="integrated",
        by="external_id",
        finds=True,
    )


def _free() -> Iterator[tuple[str, str]]:
    for field in ("owner_id", "record", "type"):
        yield f"exportActivities: query {field}", "is the filter of listActivities, and the answer is no JSON"
    for operation in ("listAudit", "exportAudit"):
        for field in ("user_id", "token_id", "entity_id", "request_id"):
            yield f"{operation}: query {field}", "chooses rows of the caller's own log: tests/native/test_audit.py"
    yield "getAuditRow: path sequence", "is a row of the caller's own log: tests/native/test_audit.py"
    for operation in ("setPassword", "makeSignInLink", "endSession"):
        yield f"{operation}: path id", "is of the page: tests/web/test_passwords.py asks with a session"
    for operation in ("createActivity", "changeActivity"):
        yield f"{operation}: body conference.id", "names a meeting at somebody else's"
    for operation in ("getRecord", "deleteRecord", "restoreRecord", "changeRecord", "exportPerson", "erasePerson"):
        yield f"{operation}: path kind", "names a kind"
    for name in (*get_args(By)[:4],):
        yield f"createRecord: body {name}", "becomes the record's own name"
        yield f"bulkUpsertRecords: body records[].{name}", "names the caller's own, or becomes its name"
    yield "changeRecord: body external_id", "becomes the record's own name"
    for operation in ("changeAttachment", "removeAttachment"):
        yield f"{operation}: path attachment_id", "is looked for in the activity of the path, and nowhere else"


MAP = Map(
    dialect=DIALECT,
    places=(
        *_activities(),
        *_records(),
        *_people(),
        *_types(),
        *_erasures(),
        *_integrated(),
        *native_webhooks.PLACES,
    ),
    free=dict(_free()),
    others=frozenset(("record", "collaborators[]", "type", "owners[]")),
)
