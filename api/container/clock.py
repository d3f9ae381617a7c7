"""The only clock of the house and its only source of unpredictable bytes."""

from __future__ import annotations

import os
from datetime import UTC, datetime


def now() -> datetime:
    """Give the instant, aware and in UTC; the only clock of the house."""
    return datetime.now(UTC)


def entropy(count: int) -> bytes:
    """Give ``count`` unpredictable bytes from the operating system."""
    return os.urandom(count)
