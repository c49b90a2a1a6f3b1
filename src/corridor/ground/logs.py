"""How the log is written: one record a line on stderr, by structlog. Records carry ids and counts, never what people wrote or who they are."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from corridor.ground.settings import Settings


def set_up_logs(settings: Settings) -> None:
    """Send all records, also those of the libraries, to stderr in the format and from the level that the settings name.

    A traceback is written without the values of variables: those hold people's words, passwords and keys.
    """
    level = getattr(logging, settings.log_level.upper())
    if settings.log_format == "json":
        shape: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        shape = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _one_line,
            *shape,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_ToStderr,
        cache_logger_on_first_use=False,
    )
    # The doorkeeper has logged it already, with the request's id.
    logging.getLogger("uvicorn.error").addFilter(
        lambda record: not record.getMessage().startswith("Exception in ASGI application")
    )
    logging.basicConfig(
        level=max(level, logging.WARNING), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )


class _ToStderr:
    """Writes to whatever stderr is at that moment."""

    def __init__(self, *_names: Any) -> None:
        pass

    def msg(self, line: str) -> None:
        sys.stderr.write(line + "\n")

    debug = info = warning = error = critical = exception = fatal = log = msg


def _one_line(_logger: Any, _method: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep control characters of a value from starting a record of their own. A stack trace stays as it is."""
    for name, value in record.items():
        if isinstance(value, str) and name != "exception" and not value.isprintable():
            record[name] = value.encode("unicode_escape").decode("ascii")
    return record
