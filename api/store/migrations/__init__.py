"""Alembic's environment and the dated migrations."""
