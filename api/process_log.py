"""How a long-running process logs: one JSON object a line on standard error, without data of anybody.

An error nobody foresaw is logged by its kind and place, never by its words, which may quote data.
"""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logging() -> None:
    """Every line this process logs is one JSON object on standard error; libraries warn only."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[LibraryLines()])
    # They log request lines of their own, with paths and queries in them.
    for noisy in ("uvicorn.access", "httpx"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)


def place_of(error: BaseException) -> str:
    """Give file and line where ``error`` was raised."""
    place, frame = "-", error.__traceback__
    while frame is not None:
        place = f"{frame.tb_frame.f_code.co_filename.rpartition('/')[2]}:{frame.tb_lineno}"
        frame = frame.tb_next
    return place


class LibraryLines(logging.Handler):
    """Turns a library's own log lines into ours: level, file and line, kind of error; never its words."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one line."""
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        structlog.get_logger("daizheng.library").log(
            record.levelno,
            "library",
            library=record.name,
            place=f"{record.filename}:{record.lineno}",
            **({"kind": kind} if kind else {}),
        )
