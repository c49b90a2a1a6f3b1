"""How the log is written: one record a line on stderr, by structlog. Records carry ids and counts, never what people wrote or who they are."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from corridor.ground.settings import Settings


def set_up_logs(settings: Settings) -> None:
    """Send all records, also those of the libraries, to stderr in the format and from the level that the settings name."""
    level = getattr(logging, settings.log_level.upper())
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _one_line,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=max(level, logging.WARNING), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )


def _one_line(_logger: Any, _method: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep control characters of a value from starting a record of their own. A stack trace stays as it is."""
    for name, value in record.items():
        if isinstance(value, str) and name != "exception" and not value.isprintable():
            record[name] = value.encode("unicode_escape").decode("ascii")
    return record
