"""The signed content as bytes: ``report.json`` inside the PDF, canonical JSON (RFC 8785).

Schema ``urn:daizheng:schema:report:1``, published as ``templates/schemas/report-1.schema.json``.
Grammar, by name (``?`` may be null)::

    {type, number, environment, region{}, issuer{name, host}, title, template, phase,
     basis[] {title, number?, draft}, equal_force?, subject{}, purpose, channel, variant,
     as_of, historical, reserved_at, fresh_until?, scope{..., profile{}},
     domains[] {id, name, conclusion?, data_state, data_reasons[], intervals[], commitment?, records},
     totals{}, records{root, size, padding[], items[]}, notes[], status{uri, idx}, log{origin}}

``decode`` takes exactly what ``encode`` gives: no unknown field, no other spelling.  A new
field is a new schema number.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from domain import canonical
from domain.disclosure import field_from_json, field_to_json, usual_field
from domain.errors import MalformedInput
from domain.identifiers import ReportNumber
from domain.json_fields import Fields
from domain.report import (
    Basis,
    Conclusion,
    DataState,
    DomainLine,
    Environment,
    Interval,
    RecordItem,
    RecordTreeRef,
    RegionRef,
    ReportContent,
    Scope,
    ScopeProfile,
    SubjectFacts,
    Totals,
    Variant,
)
from domain.times import rfc3339
from domain.verdict import JsonValue

TYPE: Final = "urn:daizheng:schema:report:1"
MAX_BYTES: Final = 16 * 2**20
VERDICT_FIELDS: Final = (
    "number",
    "region",
    "environment",
    "subject",
    "as_of",
    "fresh_until",
    "scope",
    "domains",
    "totals",
)
"""Fields of the signed JSON that a verdict repeats unchanged as its ``report``."""

_Object = dict[str, JsonValue]


def encode(content: ReportContent) -> bytes:
    """The content's one spelling; equal contents give equal bytes."""
    return canonical.encode(to_json(content))


def decode(data: bytes) -> ReportContent:
    """The content those bytes hold; MalformedInput ``json_*`` names the place of what is wrong."""
    return from_json(canonical.decode_canonical(data, max_bytes=MAX_BYTES))


def verdict_report(content_json: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """The ``report`` object of a verdict: fields of the signed JSON, taken over unchanged."""
    missing = [name for name in VERDICT_FIELDS if name not in content_json]
    if missing:
        raise MalformedInput("json_field", path=f"/{missing[0]}", expected="present")
    return {name: content_json[name] for name in VERDICT_FIELDS}


def to_json(content: ReportContent) -> _Object:
    """The content as a JSON object, not yet as bytes."""
    return {
        "type": TYPE,
        "number": content.number,
        "environment": content.environment.value,
        "region": _region(content.region),
        "issuer": {"name": content.issuer_name, "host": content.host},
        "title": content.title,
        "template": content.template,
        "phase": content.phase,
        "basis": [_basis(item) for item in content.basis],
        "equal_force": content.equal_force,
        "subject": _subject(content.subject),
        "purpose": content.purpose,
        "channel": content.channel,
        "variant": content.variant.value,
        "as_of": rfc3339(content.as_of),
        "historical": content.historical,
        "reserved_at": rfc3339(content.reserved_at),
        "fresh_until": None if content.fresh_until is None else rfc3339(content.fresh_until),
        "scope": _scope(content.scope),
        "domains": [_domain(line) for line in content.domains],
        "totals": _totals(content.totals),
        "records": _records(content.tree, content.records),
        "notes": list(content.notes),
        "status": {"uri": content.status_uri, "idx": content.status_idx},
        "log": {"origin": content.log_origin},
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _basis(item: Basis) -> _Object:
    return {"title": item.title, "number": item.number, "draft": item.draft}


def _region(region: RegionRef) -> _Object:
    return {
        "code": region.code,
        "version": region.version,
        "sha256": region.sha256,
        "name": region.name,
        "territory": region.territory,
        "level": region.level,
        "status": region.status,
    }


def _subject(subject: SubjectFacts) -> _Object:
    return {
        "id": subject.id,
        "name": subject.name,
        "uscc": subject.uscc,
        "kind": subject.kind,
        "kind_name": subject.kind_name,
        "registered_state": subject.registered_state,
        "registration_authority": subject.registration_authority,
        "residence": subject.residence,
        "legal_representative": subject.legal_representative,
        "established_on": _day(subject.established_on),
    }


def _scope(scope: Scope) -> _Object:
    return {
        "narrowed": scope.narrowed,
        "omitted": list(scope.omitted),
        "chosen": list(scope.chosen),
        "window_from": scope.window_from.isoformat(),
        "window_to": scope.window_to.isoformat(),
        "window_default_from": scope.window_default_from.isoformat(),
        "includes_branches": scope.includes_branches,
        "branches_known": list(scope.branches_known),
        "profile": _profile(scope.profile),
    }


def _profile(profile: ScopeProfile) -> _Object:
    return {
        "kinds_counted": list(profile.kinds_counted),
        "procedures_counted": list(profile.procedures_counted),
        "never_counted": list(profile.never_counted),
        "look_back": profile.look_back,
        "repair_regime": profile.repair_regime,
        "rules": list(profile.rules),
        "units_note": profile.units_note,
    }


def _domain(line: DomainLine) -> _Object:
    return {
        "id": line.id,
        "name": line.name,
        "conclusion": None if line.conclusion is None else line.conclusion.value,
        "data_state": line.data_state.value,
        "data_reasons": list(line.data_reasons),
        "intervals": [_interval(item) for item in line.intervals],
        "commitment": line.commitment,
        "records": line.records,
    }


def _interval(item: Interval) -> _Object:
    return {
        "unit": item.unit,
        "unit_name": item.unit_name,
        "kind": item.kind,
        "from": _day(item.from_),
        "to": _day(item.to),
    }


def _totals(totals: Totals) -> _Object:
    return {
        "records": totals.records,
        "by_kind": dict(totals.by_kind),
        "by_category": dict(totals.by_category),
        "fine_fen": totals.fine_fen,
        "confiscated_fen": totals.confiscated_fen,
        "latest_date": _day(totals.latest_date),
        "repaired": totals.repaired,
        "removed": totals.removed,
        "objected": totals.objected,
    }


def _records(tree: RecordTreeRef, items: tuple[RecordItem, ...]) -> _Object:
    return {
        "root": tree.root,
        "size": tree.size,
        "padding": list(tree.padding),
        "items": [
            {
                "leaf": item.leaf,
                "kind": item.kind,
                "domains": list(item.domains),
                "marks": list(item.marks),
                "fields": [field_to_json(field) for field in item.fields],
            }
            for item in items
        ],
    }


def from_json(value: JsonValue) -> ReportContent:
    """The content of a decoded JSON object; MalformedInput ``json_field`` with the path, ``number_form``."""
    top = Fields(value, "")
    top.constant("type", TYPE)
    issuer, records = top.object("issuer"), top.object("records")
    status, log = top.object("status"), top.object("log")
    tree = _read_tree(records)
    content = ReportContent(
        number=str(ReportNumber.parse(top.text("number"))),
        environment=top.enum("environment", Environment),
        region=_read_region(top.object("region")),
        issuer_name=issuer.text("name"),
        host=issuer.text("host"),
        title=top.text("title"),
        template=top.text("template"),
        phase=top.text("phase"),
        basis=top.objects("basis", _read_basis),
        equal_force=top.optional("equal_force", top.text),
        subject=_read_subject(top.object("subject")),
        purpose=top.text("purpose"),
        channel=top.text("channel"),
        variant=top.enum("variant", Variant),
        as_of=top.instant("as_of"),
        historical=top.flag("historical"),
        reserved_at=top.instant("reserved_at"),
        fresh_until=top.optional("fresh_until", top.instant),
        scope=_read_scope(top.object("scope")),
        domains=top.objects("domains", _read_domain),
        totals=_read_totals(top.object("totals")),
        tree=tree,
        records=records.objects("items", _read_record),
        notes=top.texts("notes"),
        status_uri=status.text("uri"),
        status_idx=status.integer("idx"),
        log_origin=log.text("origin"),
    )
    for fields in (top, issuer, records, status, log):
        fields.close()
    return content


def _read_region(fields: Fields) -> RegionRef:
    region = RegionRef(
        code=fields.text("code"),
        version=fields.text("version"),
        sha256=fields.hex_text("sha256", 32),
        name=fields.text("name"),
        territory=fields.text("territory"),
        level=fields.text("level"),
        status=fields.text("status"),
    )
    fields.close()
    return region


def _read_basis(fields: Fields) -> Basis:
    return Basis(
        title=fields.text("title"), number=fields.optional("number", fields.text), draft=fields.flag("draft")
    )


def _read_subject(fields: Fields) -> SubjectFacts:
    subject = SubjectFacts(
        id=fields.text("id"),
        name=fields.text("name"),
        uscc=fields.optional("uscc", fields.text),
        kind=fields.text("kind"),
        kind_name=fields.text("kind_name"),
        registered_state=fields.text("registered_state"),
        registration_authority=fields.optional("registration_authority", fields.text),
        residence=fields.optional("residence", fields.text),
        legal_representative=fields.optional("legal_representative", fields.text),
        established_on=fields.optional("established_on", fields.day),
    )
    fields.close()
    return subject


def _read_scope(fields: Fields) -> Scope:
    scope = Scope(
        profile=_read_profile(fields.object("profile")),
        window_from=fields.day("window_from"),
        window_to=fields.day("window_to"),
        chosen=fields.texts("chosen"),
        omitted=fields.texts("omitted"),
        window_default_from=fields.day("window_default_from"),
        narrowed=fields.flag("narrowed"),
        includes_branches=fields.flag("includes_branches"),
        branches_known=fields.texts("branches_known"),
    )
    fields.close()
    return scope


def _read_profile(fields: Fields) -> ScopeProfile:
    profile = ScopeProfile(
        kinds_counted=fields.texts("kinds_counted"),
        procedures_counted=fields.texts("procedures_counted"),
        never_counted=fields.texts("never_counted"),
        look_back=fields.text("look_back"),
        repair_regime=fields.text("repair_regime"),
        rules=fields.texts("rules"),
        units_note=fields.optional("units_note", fields.text),
    )
    fields.close()
    return profile


def _read_domain(fields: Fields) -> DomainLine:
    conclusion = fields.optional("conclusion", lambda name: fields.enum(name, Conclusion))
    return DomainLine(
        id=fields.text("id"),
        name=fields.text("name"),
        conclusion=conclusion,
        data_state=fields.enum("data_state", DataState),
        data_reasons=fields.texts("data_reasons"),
        intervals=fields.objects("intervals", _read_interval),
        commitment=fields.optional("commitment", fields.text),
        records=fields.integer("records"),
    )


def _read_interval(fields: Fields) -> Interval:
    return Interval(
        unit=fields.text("unit"),
        unit_name=fields.text("unit_name"),
        kind=fields.text("kind"),
        from_=fields.optional("from", fields.day),
        to=fields.optional("to", fields.day),
    )


def _read_totals(fields: Fields) -> Totals:
    totals = Totals(
        records=fields.integer("records"),
        by_kind=fields.counts("by_kind"),
        by_category=fields.counts("by_category"),
        fine_fen=fields.integer("fine_fen"),
        confiscated_fen=fields.integer("confiscated_fen"),
        latest_date=fields.optional("latest_date", fields.day),
        repaired=fields.integer("repaired"),
        removed=fields.integer("removed"),
        objected=fields.integer("objected"),
    )
    fields.close()
    return totals


def _read_tree(fields: Fields) -> RecordTreeRef:
    return RecordTreeRef(
        root=fields.hex_text("root", 32), size=fields.integer("size"), padding=fields.hex_texts("padding", 32)
    )


def _read_record(fields: Fields) -> RecordItem:
    return RecordItem(
        leaf=fields.integer("leaf"),
        kind=fields.text("kind"),
        domains=fields.texts("domains"),
        marks=fields.texts("marks"),
        fields=fields.objects("fields", field_from_json, usual_field),
    )
