"""Record drafts as storable values: plain texts and numbers, made once for hashing and for writing.

Rows are written with an untyped table, so that nothing converts them a second time; whole
files go in at several thousand rows a second.  SQLite and PostgreSQL read these values alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import column, table

from api.store.columns import dump_json
from api.store.entries import Vault
from api.store.tables import ProvenanceRow, RecordRow
from domain.times import microseconds
from records.intake.model import RecordDraft
from records.model import SubjectKeys

PERSON_PURPOSE: Final = "person-number"
UNTYPED: Final = table(RecordRow.__tablename__, *(column(name) for name in RecordRow.model_fields))
UNTYPED_PROVENANCE: Final = table(
    ProvenanceRow.__tablename__, *(column(name) for name in ("version", "batch", "row"))
)


class DraftColumns:
    """Makes columns of the drafts of one batch; what many rows share is made once.

    It remembers certificate numbers in memory, so it MUST NOT outlive its batch (rule R7).
    """

    def __init__(self, vault: Vault) -> None:
        """Seal and fingerprint with ``vault``."""
        self._vault = vault
        self._keys: dict[SubjectKeys, tuple[dict[str, Any], str]] = {}

    def of(self, draft: RecordDraft) -> dict[str, Any]:
        """Give what a draft decides, with its ``content_sha256``; ids, subject, source, times are missing."""
        keys, keys_said = self._key_columns(draft.keys)
        said: dict[str, Any] = {
            "kind": draft.kind.value,
            "identity": draft.identity,
            "unit": draft.unit,
            "domains": _words(draft.domains),
            "list_name": draft.list_name,
            "document_number": draft.document_number,
            "decided_on": _day(draft.decided_on),
            "effective_on": _day(draft.effective_on),
            "ended_on": _day(draft.ended_on),
            "ended_why": draft.ended_why,
            "procedure": None if draft.procedure is None else draft.procedure.value,
            "simple_confirmed": draft.simple_confirmed,
            "categories": _words(draft.categories),
            "fine_fen": draft.fine_fen,
            "confiscated_fen": draft.confiscated_fen,
            "repair": draft.repair.value,
            "repaired_on": _day(draft.repaired_on),
            "repair_channel": draft.repair_channel,
            "review": None if draft.review is None else draft.review.value,
            "review_on": _day(draft.review_on),
            "review_number": draft.review_number,
            "objected": draft.objected,
            "minor": draft.minor,
            "public_security": draft.public_security,
        }
        fields = dump_json(draft.fields)
        content = _hash(keys_said, repr(tuple(said.values())), fields)
        return {**keys, **said, "fields": fields, "content_sha256": content}

    def _key_columns(self, keys: SubjectKeys) -> tuple[dict[str, Any], str]:
        """Give the columns of the keys, and what they say as text."""
        known = self._keys.get(keys)
        if known is None:
            columns = _key_columns(keys, self._vault)
            # A sealed value differs each time it is sealed; the number's fingerprint stands for it.
            said = tuple(value for name, value in columns.items() if name != "key_person_number_sealed")
            known = self._keys[keys] = columns, repr(said)
        return known


def _key_columns(keys: SubjectKeys, vault: Vault) -> dict[str, Any]:
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


def _hash(keys: str, decided: str, fields: str) -> bytes:
    """Texts, numbers and None have one ``repr``, and no ``repr`` and no JSON holds a bare newline."""
    return hashlib.sha256(f"{keys}\n{decided}\n{fields}".encode("utf-8", "surrogatepass")).digest()


def version_row(
    columns: Mapping[str, Any], *, version: str, id_: str, subject: UUID | None, source: str, now: int
) -> dict[str, Any]:
    """Give a complete new version of a draft's columns; ids as hex, ``now`` in microseconds."""
    return {
        **columns,
        "version": version,
        "id": id_,
        "subject": None if subject is None else subject.hex,
        "source": source,
        "recorded_at": now,
        "superseded_at": None,
    }


def storable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row that was read, and changed, as it is written again."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return microseconds(value)
    if isinstance(value, date):
        return value.isoformat()
    return dump_json(value) if isinstance(value, list | dict) else value


@lru_cache(maxsize=4096)
def _words(words: tuple[str, ...]) -> str:
    """Domains and categories come in few combinations."""
    return dump_json(words)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
