"""Where an id can stand in Pipedrive's files."""

from collections.abc import Iterator

from tests.visibility.places import Place

_LINK = {"item_type": "activity", "remote_id": "https://ex.example/a", "remote_location": "url"}
_ELSEWHERE = ("deal_id", "person_id", "org_id", "product_id", "lead_id", "project_id")


def _places() -> Iterator[Place]:
    for operation in ("getFile", "downloadFile", "deleteFile"):
        yield Place(operation=operation, where="path id", names="attachment")
    yield Place(operation="updateFile", where="path id", names="attachment", body={"name": "Mine now"})
    yield Place(operation="addFile", where="body activity_id", names="activity", file="file")
    yield Place(operation="linkFileToItem", where="body item_id", names="activity", body=_LINK)


PLACES = tuple(_places())
FREE = {
    **{f"addFile: body {field}": "is refused, whatever it names" for field in _ELSEWHERE},
    "linkFileToItem: body remote_id": "is a link, or the id of something in Google Drive, and never looked for",
}
