"""The integration ``dayline``: what is done to activities of candidates in Dayline's own store, by the service's verbs.

It must never show or write what the caller may not see: every verb is given who he is.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from dayline.domain.activity import Activity
from dayline.domain.errors import Conflict, NotFound, Stale
from dayline.domain.filter import Page, Query
from dayline.domain.identity import Principal
from dayline.kit.dialect import Once, Reply
from dayline.remote.connector import RemoteActivity
from dayline.service import Directory, Rendering, Service, Written
from dayline.vendors.truto import local_mapping as mapping
from dayline.vendors.truto import schema
from dayline.vendors.truto.mapping import Asked, Form, check_required, shaped

Shaped: TypeAlias = dict[str, schema.Json]
Render = Callable[[RemoteActivity], Reply]
_TRIES: Final = 3  # of a change that depends on what is stored, while others change it too


async def listed(service: Service, who: Principal, asked: Asked) -> Page[RemoteActivity]:
    """A page of the activities of candidates, newest first. Raises Invalid for a cursor that is not of this list."""
    query = await _query(service, who, asked)
    if query is None:
        return Page((), None)
    page = await service.activities.list(who, query)
    names = await service.activities.whole_directory(who, page.items)
    return Page(tuple(mapping.show(one, names) for one in page.items), page.cursor)


async def shown(service: Service, who: Principal, asked: Asked, form: Form) -> Page[Shaped]:
    """The same in this form, of bytes that are kept where they can be: to be sent, not to be looked into."""
    query = await _query(service, who, asked)
    if query is None:
        return Page((), None)

    def show(activity: Activity, names: Directory) -> Shaped:
        return shaped(mapping.show(activity, names), form)

    key = ("truto", form.format, form.ignore_remote_data, form.exclude.intersection(mapping.FIELDS))
    return await service.activities.page(who, query, Rendering(key, show, names="all"))


async def _query(service: Service, who: Principal, asked: Asked) -> Query | None:
    """What a list asks for; None where it can have nothing."""
    try:
        return mapping.read_query(asked, await _actor(service, who, asked))
    except NotFound:
        return None


async def _actor(service: Service, who: Principal, asked: Asked) -> int | None:
    """The owner who is asked for. Raises NotFound where there is none such: no candidate owns anything."""
    if asked.actor_id is None:
        return None
    if asked.actor_type == "candidate":
        raise NotFound("A candidate owns no activities")
    return (await service.people.get(who, asked.actor_id)).id


async def got(service: Service, who: Principal, id_: str) -> RemoteActivity:
    """One activity. Raises NotFound."""
    activity = await _living(service, who, id_)
    return mapping.show(activity, await service.activities.whole_directory(who, [activity]))


async def created(
    service: Service, who: Principal, body: schema.ActivityRequest, render: Render, once: Once | None
) -> Reply:
    """Create an activity. Raises Invalid."""
    check_required(body, mapping.METHODS["create"].required, mapping.NAME)
    draft = mapping.read_draft(body, None, Directory({}, {}))

    def rendered(written: Written) -> Reply:
        assert written.names is not None
        return render(mapping.show(written.activity, written.names))

    return await service.activities.create(who, draft, rendered, once, named=True)


async def changed(
    service: Service, who: Principal, id_: str, body: schema.ActivityRequest, render: Render, once: Once | None
) -> Reply:
    """Change the fields that are given. Raises NotFound and Invalid; Conflict where others change it all the time.

    What was deleted since is found, too, so that a key gives its answer again: only without one it is refused.
    """
    for _ in range(_TRIES):
        before = await service.activities.get(who, mapping.parse_id(id_))
        names = await service.activities.whole_directory(who, [before])
        draft = mapping.read_draft(body, before, names)

        def rendered(written: Written, names: Directory = names) -> Reply:
            return render(mapping.show(written.activity, names))

        try:
            return await service.activities.change(who, before.id, draft, rendered, once, revision=before.revision)
        except Stale:
            continue
    raise Conflict("Others change this activity at the same time: send it again.")


async def deleted(service: Service, who: Principal, id_: str, render: Callable[[str], Reply]) -> Reply:
    """Delete an activity. Raises NotFound."""
    before = await _living(service, who, id_)
    return await service.activities.delete(who, before.id, lambda written: render(written.activity.uuid))


async def _living(service: Service, who: Principal, id_: str) -> Activity:
    activity = await service.activities.get(who, mapping.parse_id(id_))
    if activity.deleted_at is not None:
        raise NotFound("Activity not found")
    return activity
