"""Alembic's entry: runs migrations on the connection that :mod:`api.store.migrate` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine

from api.store.tables import METADATA


def _run() -> None:
    given = context.config.attributes.get("connection")
    if given is not None:
        _with(given)
        return
    with create_engine(context.config.get_main_option("sqlalchemy.url") or "").begin() as connection:
        _with(connection)


def _with(connection: object) -> None:
    context.configure(
        connection=connection,  # type: ignore[arg-type]
        target_metadata=METADATA,
        compare_type=False,
        render_as_batch=False,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
