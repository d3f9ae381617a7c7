"""What transaction A kept of a report's records: leaf inputs in order, and the versions they were made of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from api.services.context import Context
from api.store.entries import Draft

PURPOSE: Final = "leaf-inputs"
Leaves = list[list[tuple[str, str]]]
Versions = list[tuple[UUID, ...]]


def pack_leaves(
    context: Context,
    number: str,
    leaves: Sequence[Sequence[tuple[str, str]]],
    versions: Sequence[Sequence[UUID]],
) -> bytes:
    """Give both, compressed and sealed for report ``number``."""
    kept = {"leaves": leaves, "versions": [[str(item) for item in group] for group in versions]}
    said = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return context.vault.pack(said, f"{PURPOSE}:{number}")


def stored_leaves(context: Context, draft: Draft) -> tuple[Leaves, Versions]:
    """Give per leaf its fields and the record versions it was made of (R31)."""
    packed = context.vault.unpack(draft.leaf_inputs_sealed, f"{PURPOSE}:{draft.number}")
    kept: Any = json.loads(packed.decode("utf-8", "surrogatepass"))
    leaves = [[(str(name), str(value)) for name, value in leaf] for leaf in kept["leaves"]]
    return leaves, [tuple(UUID(item) for item in group) for group in kept["versions"]]
