"""The native API: all its operations, in one dialect. It never claims a path at the shared root, where vendors live."""

from typing import Final

from dayline.kit.dialect import Dialect
from dayline.native.account.routes import OPERATIONS as ACCOUNT
from dayline.native.activities.routes import OPERATIONS as ACTIVITIES
from dayline.native.answers import authenticate, envelope
from dayline.native.people.routes import OPERATIONS as PEOPLE
from dayline.native.records.routes import OPERATIONS as RECORDS

DIALECT: Final = Dialect(
    name="dayline",
    title="Dayline API",
    version="1.0.0",
    description="Dayline's own API: activities with all that they can say, the records that they hang on, and"
    " what an account needs to run.",
    operations=ACTIVITIES + RECORDS + PEOPLE + ACCOUNT,
    authenticate=authenticate,
    envelope=envelope,
    claims=(),
    security_schemes={
        "bearer": {"type": "http", "scheme": "bearer"},
        "api_token": {"type": "apiKey", "name": "X-Api-Token", "in": "header"},
    },
    throttled=True,
)
