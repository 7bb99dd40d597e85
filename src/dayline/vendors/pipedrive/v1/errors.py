"""How API v1 words the failures that it words in its own way; all others are as in v2."""

from typing import Final

import msgspec

from dayline.domain.errors import Problem
from dayline.kit.dialect import Failure, Reply
from dayline.vendors.pipedrive.schema import ClassicError
from dayline.vendors.pipedrive.v1.schema import PermissionErrorV1

NO_PERMISSION: Final = "You do not have permissions to do this."

_INFO: Final = "Please check developers.pipedrive.com"
_encode: Final = msgspec.json.Encoder().encode


def envelope(failure: Failure) -> Reply | None:
    """Word what is wrong with a request, and that a user may not do what global admins may."""
    if failure.status == 400:
        what = ", ".join(_worded(problem) for problem in failure.problems) or failure.message
        error = ClassicError(error=f"Bad request: {what}", code="ERR_BAD_REQUEST", error_info=_INFO)
        return Reply(400, _encode(error))
    if failure.status == 403 and failure.message == NO_PERMISSION:
        return Reply(403, _encode(PermissionErrorV1(error=NO_PERMISSION, error_info=_INFO)))
    return None


def _worded(problem: Problem) -> str:
    return f"{problem.field}: {problem.message}" if problem.field else problem.message
