"""Record drafts as column values: one dictionary and one content hash per row."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from api.services.context import HouseVault
from records.intake.model import RecordDraft
from records.model import SubjectKeys

PERSON_PURPOSE = "person-number"


def columns_of(draft: RecordDraft, vault: HouseVault) -> dict[str, Any]:
    """Give the columns a draft decides; ids, subject, source and times are the caller's."""
    return {
        "kind": draft.kind.value,
        "identity": draft.identity,
        **_key_columns(draft.keys, vault),
        "unit": draft.unit,
        "domains": draft.domains,
        "list_name": draft.list_name,
        "document_number": draft.document_number,
        "decided_on": draft.decided_on,
        "effective_on": draft.effective_on,
        "ended_on": draft.ended_on,
        "ended_why": draft.ended_why,
        "procedure": None if draft.procedure is None else draft.procedure.value,
        "simple_confirmed": draft.simple_confirmed,
        "categories": draft.categories,
        "fine_fen": draft.fine_fen,
        "confiscated_fen": draft.confiscated_fen,
        "repair": draft.repair.value,
        "repaired_on": draft.repaired_on,
        "repair_channel": draft.repair_channel,
        "review": None if draft.review is None else draft.review.value,
        "review_on": draft.review_on,
        "review_number": draft.review_number,
        "objected": draft.objected,
        "minor": draft.minor,
        "public_security": draft.public_security,
        "fields": dict(draft.fields),
    }


def _key_columns(keys: SubjectKeys, vault: HouseVault) -> dict[str, Any]:
    number = keys.person_number
    return {
        "key_name": keys.name,
        "key_uscc": keys.uscc,
        "key_registration_number": keys.registration_number,
        "key_organisation_code": keys.organisation_code,
        "key_tax_number": keys.tax_number,
        "key_institution_number": keys.institution_number,
        "key_society_number": keys.society_number,
        "key_person_number_hash": vault.fingerprint(number) if number else None,
        "key_person_number_sealed": vault.seal(number.encode(), PERSON_PURPOSE) if number else None,
        "key_person_number_type": keys.person_number_type,
    }


_UNHASHED = frozenset({"key_person_number_sealed"})


def content_sha256(columns: dict[str, Any]) -> bytes:
    """Give the hash by which a row is found unchanged: over everything the unit said in it."""
    said = {name: value for name, value in columns.items() if name not in _UNHASHED}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def version_row(
    columns: dict[str, Any], *, version: UUID, id_: UUID, subject: UUID | None, source: str, now: datetime
) -> dict[str, Any]:
    """Give a complete new version; ``columns`` must already hold ``content_sha256``."""
    return {
        **columns,
        "version": version,
        "id": id_,
        "subject": subject,
        "source": source,
        "recorded_at": now,
        "superseded_at": None,
    }
