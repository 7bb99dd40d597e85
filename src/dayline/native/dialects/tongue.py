"""How the native API shows any activity: whole."""

from typing import Final

from dayline.domain.activity import Activity
from dayline.domain.fields import EXTRAS, FIELDS
from dayline.domain.identity import Principal
from dayline.kit.dialect import Tongue
from dayline.native.activities import mapping
from dayline.native.answers import encode
from dayline.service import Service

_UNLIKE: Final = {
    "type": "`type`, the key, and `type_id`",
    "when.date": "`date`",
    "when.time": "`time`",
    "when.duration": "`duration`, in seconds",
    "when.zone": "`zone`",
    "location.parts": "`location`",
    "main_chosen": "`main`, `main_chosen`",
    "participants": "`participants[]`",
    "participants.primary": "`primary`",
    "attendees.address": "`attendees[].email`",
    "attendees.name": "`attendees[].name`",
    "attendees.status": "`attendees[].status`",
    "attendees.organizer": "`attendees[].organizer`",
    "collaborators": "`collaborators[]`",
    "attachments": "`attachments[]`",
}
_LISTS: Final = ("related", "attendees")


async def show(_service: Service, _who: Principal, activity: Activity, _base_url: str) -> bytes:
    """The activity as an answer to a GET has it."""
    return encode(mapping.show(activity))


def _words(name: str) -> str:
    head, _, rest = name.partition(".")
    return _UNLIKE.get(name) or (f"`{head}[]`, `kind` {rest}" if head in _LISTS else f"`{name}`")


TONGUE: Final = Tongue(show=show, says={name: _words(name) for name in (*FIELDS, EXTRAS)})
