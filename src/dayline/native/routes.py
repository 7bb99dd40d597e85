"""The native API: all its operations, in one dialect. It never claims a path at the shared root, where vendors live."""

from typing import Final

from dayline.kit.dialect import Dialect
from dayline.native.answers import authenticate, envelope
from dayline.native.records.routes import OPERATIONS as RECORDS

DIALECT: Final = Dialect(
    name="dayline",
    title="Dayline API",
    version="1.0.0",
    description="Dayline's own API: the records that activities hang on.",
    operations=RECORDS,
    authenticate=authenticate,
    envelope=envelope,
    claims=(),
    security_schemes={
        "bearer": {"type": "http", "scheme": "bearer"},
        "api_token": {"type": "apiKey", "name": "X-Api-Token", "in": "header"},
    },
    throttled=True,
)
