"""What each integration needs, takes and gives, method by method: from the connectors' own tables and Truto's. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, get_args

import msgspec
from msgspec import Struct

from dayline.domain.errors import NotFound
from dayline.kit.dialect import Reply
from dayline.remote.connector import Connector, Method, Support
from dayline.vendors.truto import local_mapping as own
from dayline.vendors.truto import matrix, schema

_encode: Final = msgspec.json.Encoder().encode
METHODS: Final[tuple[Method, ...]] = get_args(Method)
TYPES: Final = {
    "id": "string",
    "candidate_id": "string",
    "candidate": "object",
    "actor": "object",
    "activity_type": "string: note, email",
    "from": "array",
    "to": "array",
    "cc": "array",
    "subject": "string",
    "body": "string",
    "visibility": "string: private, public, admin_only",
    "created_at": "date-time",
    "updated_at": "date-time",
    "remote_data": "object",
}
_WRITES: Final = ("create", "update")


class Integration(Struct, frozen=True):
    """An integration as far as it is described: its slug, its name for people, and what it can do."""

    slug: str
    label: str
    methods: Mapping[Method, Support]


OWN: Final = Integration(own.NAME, own.LABEL, own.METHODS)


def integration(slug: str, connectors: Mapping[str, Connector]) -> Integration:
    """The integration of this name. Raises NotFound."""
    if slug == own.NAME:
        return OWN
    connector = connectors.get(slug)
    if connector is None:
        raise NotFound(f"There is no such integration: there are {', '.join((own.NAME, *connectors))}")
    return Integration(slug, connector.label, connector.methods)


def method_meta(integration: Integration, method: str) -> schema.MethodMeta:
    """What the method is for the integration. Raises NotFound for one that nobody has."""
    if method not in METHODS:
        raise NotFound(f"There is no method of this name: the methods are {', '.join(METHODS)}")
    support = integration.methods.get(method)
    if support is None:
        empty: list[schema.FieldMeta] = []
        return schema.MethodMeta(
            integration=integration.slug, method=method, available=False, query=empty, body=empty, response=empty
        )
    return schema.MethodMeta(
        integration=integration.slug,
        method=method,
        available=True,
        query=[] if method in _WRITES else list(_query(support)),
        body=list(_body(integration.slug, method, support)) if method in _WRITES else [],
        response=list(_response(integration.slug, method, support.fields)),
    )


def model_meta(integration: Integration) -> schema.ModelMeta:
    """What every method is for the integration."""
    return schema.ModelMeta(
        integration=integration.slug,
        name=integration.label,
        methods=[method_meta(integration, method) for method in METHODS],
    )


def _query(support: Support) -> Iterator[schema.FieldMeta]:
    for name in dict.fromkeys((*support.required, *support.filters)):
        need: matrix.Need = "required" if name in support.required else "supported"
        yield schema.FieldMeta(name=name, type=TYPES[name], documented=None, here=need)


def _body(slug: str, method: str, support: Support) -> Iterator[schema.FieldMeta]:
    for row in matrix.rows(slug, support.required, support.supported):
        documented = row.documented if method == "create" else None
        yield schema.FieldMeta(name=row.field, type=TYPES[row.field], documented=documented, here=row.here)


def _response(slug: str, method: str, fields: Sequence[str]) -> Iterator[schema.FieldMeta]:
    for name, documented in matrix.RESPONSE.items():
        yield schema.FieldMeta(
            name=name,
            type=TYPES[name],
            documented="supported" if method == "create" and slug in documented else None,
            here="supported" if name in fields else None,
        )


def written(model: schema.ModelMeta, form: str) -> Reply:
    """The description as a JSON document, as Markdown, or as a page."""
    if form == "md":
        return Reply(200, markdown(model).encode(), media_type="text/markdown; charset=utf-8")
    if form == "html":
        return Reply(200, _page(model).encode(), media_type="text/html; charset=utf-8")
    return Reply(200, _encode(model))


def markdown(model: schema.ModelMeta) -> str:
    """The description as Markdown."""
    lines = [f"# {model.name}: unified ATS activities"]
    for method, parts in _tables(model):
        lines += ["", f"## {method}"]
        for title, fields in parts:
            lines += ["", f"### {title}", "", "| field | type | documented | here |", "|---|---|---|---|"]
            lines += [f"| `{one.name}` | {one.type} | {one.documented or ''} | {one.here or ''} |" for one in fields]
        lines += [] if parts else ["", "Not available."]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    from html import escape  # noqa: PLC0415 - its table of entities takes half a MiB, and few processes need it

    return escape(text)


def _page(model: schema.ModelMeta) -> str:
    title = f"{_escaped(model.name)}: unified ATS activities"
    body = "".join(_section(method, parts) for method, parts in _tables(model))
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>{body}</html>'


def _section(method: str, parts: Sequence[tuple[str, Iterable[schema.FieldMeta]]]) -> str:
    head = "<tr><th>field<th>type<th>documented<th>here"
    tables = "".join(
        f"<h3>{title}</h3><table>{head}"
        + "".join(
            f"<tr><td>{_escaped(one.name)}<td>{_escaped(one.type)}<td>{one.documented or ''}<td>{one.here or ''}"
            for one in fields
        )
        + "</table>"
        for title, fields in parts
    )
    return f"<h2>{_escaped(method)}</h2>{tables or '<p>Not available.'}"


def _tables(model: schema.ModelMeta) -> Iterator[tuple[str, list[tuple[str, list[schema.FieldMeta]]]]]:
    for method in model.methods:
        parts = (("Query", method.query), ("Body", method.body), ("Answer", method.response))
        yield method.method, [(title, fields) for title, fields in parts if fields]
