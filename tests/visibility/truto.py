"""Where an id can stand in Truto's unified API. Activities are asked for in Dayline's own store."""

from collections.abc import Iterator

from dayline.vendors.truto.routes import DIALECT
from tests.vendors.truto.speech import OWN
from tests.visibility.places import By, Map, Place

NOTE = {"body": "Mine"}
ITEM = ("getActivity", "updateActivity", "deleteActivity")
ACCOUNTS = (
    "getIntegratedAccount",
    "changeIntegratedAccount",
    "deleteIntegratedAccount",
    "getIntegratedAccountCapabilities",
)
CHECKS = ("refreshCredentials", "runPostInstallActions")
CONNECTED = ("listActivities", "createActivity", "getActivity", "updateActivity", "deleteActivity")
WHOSE = "for other systems, which keep a note by its candidate: Dayline's own store has no need of it"
INTEGRATION = "an integration, the same in every account"
NAMES: tuple[By, ...] = ("uuid", "slug")
METHOD = "a method, the same in every account"


def _places() -> Iterator[Place]:
    for field in ("candidate_id", "candidate[id]"):
        for by in NAMES:
            yield Place(
                operation="listActivities", where=f"query {field}", names="candidate", by=by, query=OWN, finds=True
            )
    yield Place(operation="listActivities", where="query actor[id]", names="user", by="uuid", query=OWN, finds=True)
    for by in NAMES:
        yield Place(
            operation="createActivity", where="body candidate_id", names="candidate", by=by, query=OWN, body=NOTE
        )
        yield Place(
            operation="updateActivity",
            where="body candidate_id",
            names="candidate",
            by=by,
            query=OWN,
            own="activity_uuid",
        )
    for operation in ITEM:
        body = NOTE if operation == "updateActivity" else None
        yield Place(operation=operation, where="path id", names="activity", by="uuid", query=OWN, body=body)
    yield from _connections()


def _connections() -> Iterator[Place]:
    for operation in CONNECTED:
        body = {"candidate_id": "1", "body": "N"} if operation == "createActivity" else None
        yield Place(
            operation=operation,
            where="query integrated_account_id",
            names="integrated",
            by="uuid",
            body={} if operation == "updateActivity" else body,
            query={"candidate_id": "1"} if operation == "listActivities" else {},
        )
    yield Place(
        operation="describeMethodOfAccount",
        where="query integrated_account_id",
        names="integrated",
        by="uuid",
        path={"method": "list"},
    )
    for operation in ACCOUNTS:
        body = {"region": "eu"} if operation == "changeIntegratedAccount" else None
        yield Place(operation=operation, where="path id", names="integrated", by="uuid", body=body)
    yield Place(
        operation="changeCredentials",
        where="path id",
        names="integrated",
        by="uuid",
        body={"context": {"api_key": "k"}},
    )
    for operation in CHECKS:
        yield Place(operation=operation, where="body id", names="integrated", by="uuid")
    yield Place(
        operation="createIntegratedAccountToken", where="body integrated_account_id", names="integrated", by="uuid"
    )
    yield Place(operation="deleteIntegratedAccounts", where="body ids[]", names="integrated", by="uuid")
    for operation in ("getWebhook", "changeWebhook", "deleteWebhook"):
        paused = {"is_active": False} if operation == "changeWebhook" else None
        yield Place(operation=operation, where="path id", names="truto webhook", by="uuid", body=paused)
    yield Place(operation="testWebhook", where="body id", names="truto webhook", by="uuid")
    yield Place(
        operation="listLog",
        where="query log_type_filter[integrated_account_id]",
        names="integrated",
        by="uuid",
        finds=True,
    )


MAP = Map(
    dialect=DIALECT,
    places=tuple(_places()),
    free={
        "getActivity: query candidate_id": WHOSE,
        "getActivity: query candidate[id]": WHOSE,
        "describeMethod: path integration": INTEGRATION,
        "describeMethod: path method": METHOD,
        "describeMethodOfAccount: path method": METHOD,
        "describeModel: path integration": INTEGRATION,
        "getIntegrationCapabilities: path slug": INTEGRATION,
        "listIntegratedAccounts: query tenant_id": "what the caller calls his customer",
        "listIntegratedAccounts: query environment_id": "made of the account's own number, and compared with it",
        "listWebhooks: query environment_id": "made of the account's own number, and compared with it",
        "createWebhook: body environment_id": "made of the account's own number, and compared with it",
        "createIntegratedAccount: body tenant_id": "what the caller calls his customer",
        "createIntegratedAccount: body environment_integration_id": INTEGRATION,
        "changeIntegratedAccount: body tenant_id": "what the caller calls his customer",
        "changeOwnIntegratedAccount: body tenant_id": "what the caller calls his customer",
    },
    others=frozenset(("candidate[id]", "actor[id]", "log_type_filter[integrated_account_id]")),
)
