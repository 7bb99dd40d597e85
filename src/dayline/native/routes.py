"""The native API: all its operations, in one dialect. It never claims a path at the shared root, where vendors live."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from dayline.events.face import Face
from dayline.kit.dialect import Dialect
from dayline.kit.limits import PER_MINUTE
from dayline.native.account.routes import OPERATIONS as ACCOUNT
from dayline.native.activities.exporting import OPERATION as EXPORT
from dayline.native.activities.routes import OPERATIONS as ACTIVITIES
from dayline.native.answers import ProblemDocument, authenticate, envelope
from dayline.native.attachments.routes import OPERATIONS as ATTACHMENTS
from dayline.native.audit.exporting import OPERATION as AUDIT_EXPORT
from dayline.native.audit.routes import OPERATIONS as AUDIT
from dayline.native.changes.routes import OPERATIONS as CHANGES
from dayline.native.dialects.routes import operations as side_by_side
from dayline.native.dialects.tongue import TONGUE
from dayline.native.erasures.routes import OPERATIONS as ERASURES
from dayline.native.history.routes import OPERATIONS as HISTORY
from dayline.native.integrated.routes import OPERATIONS as INTEGRATED
from dayline.native.people.routes import OPERATIONS as PEOPLE
from dayline.native.records.routes import OPERATIONS as RECORDS
from dayline.native.sessions.routes import OPERATIONS as SESSIONS
from dayline.native.traffic.routes import Succeeds
from dayline.native.traffic.routes import operations as traffic
from dayline.native.webhooks.events import NOTICES
from dayline.native.webhooks.jobs import OPERATIONS as JOBS
from dayline.native.webhooks.preview import operation as preview
from dayline.native.webhooks.routes import OPERATIONS as WEBHOOKS
from dayline.native.webhooks.sent import OPERATIONS as SENT


def dialect(vendors: Sequence[Dialect], succeeds: Succeeds, faces: Mapping[str, Face]) -> Dialect:
    """The native API beside these vendors, each of whose renderings it shows.

    ``succeeds`` says what a call that is going away has become, ``faces`` what webhooks are told of.
    """
    own = Dialect(
        name="dayline",
        title="Dayline API",
        version="1.0.0",
        description="Dayline's own API: activities with all that they can say, the records that they hang on, and"
        " what an account needs to run.",
        operations=(
            *(
                *ACTIVITIES,
                EXPORT,
                *HISTORY,
                *CHANGES,
                *ATTACHMENTS,
                *RECORDS,
                *ERASURES,
                *PEOPLE,
                *SESSIONS,
                *ACCOUNT,
                *WEBHOOKS,
                *SENT,
                preview(faces),
                *JOBS,
                *INTEGRATED,
            ),
            *traffic(succeeds),
            *(*AUDIT, AUDIT_EXPORT),
        ),
        authenticate=authenticate,
        envelope=envelope,
        claims=(),
        security_schemes={
            "bearer": {"type": "http", "scheme": "bearer"},
            "api_token": {"type": "apiKey", "name": "X-Api-Token", "in": "header"},
        },
        limits=PER_MINUTE,
        tongue=TONGUE,
        notices=NOTICES,
        errors=(ProblemDocument,),
    )
    return replace(own, operations=own.operations + side_by_side((*vendors, own)))
