"""The key behind the marks in the pages' footers, and whether a mark is one of ours."""

from __future__ import annotations

from api.services.context import Context
from api.store.unit_of_work import UnitOfWork
from domain import page_mark
from domain.page_mark import PageMark
from keys.house_secrets import SecretName


def key(context: Context, version: int | None = None) -> bytes:
    """Give the key of the marks that are made now, or of those made under an older secret."""
    return context.keys.derive(
        SecretName.KEYED_HASH, info=page_mark.KEY_INFO, length=page_mark.KEY_BYTES, version=version
    )


def ours(context: Context, work: UnitOfWork, number: str, mark: PageMark) -> bool:
    """Say whether this house put that mark on a page of the released report ``number``."""
    line = work.reports.get(number)
    if line is None:
        return False
    root = bytes.fromhex(line.root)
    newest, _ = context.keys.secret(SecretName.KEYED_HASH)
    # Which version a report was made under is not kept; there are as many as the house was ever renewed.
    keys = [key(context, version) for version in range(newest, 0, -1)]
    return any(page_mark.fits(mark, each, number, root) for each in keys)
