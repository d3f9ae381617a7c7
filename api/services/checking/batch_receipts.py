"""The receipts of a batch: data of each row in one ZIP, made in one transaction."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from api.services.checking import receipts
from api.services.checking.bulk import Line
from api.services.context import Context


def receipts_zip(context: Context, lines: Sequence[Line], now: datetime) -> bytes:
    """Give a ZIP with the receipt of every row that has a verdict, named by its place in the table.

    Raises Refused ``receipt_ticket_expired`` for a batch judged too long ago.
    """
    rows = [(place, line.ticket) for place, line in enumerate(lines, 1) if line.ticket is not None]
    given = receipts.give_all(context, [receipts.read_ticket(context, ticket) for _, ticket in rows], now)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for (place, _), each in zip(rows, given, strict=True):
            archive.writestr(f"{place:03d}-{each.name}.json", each.data)
    return out.getvalue()
