# SPDX-License-Identifier: Apache-2.0
"""Structured logs with secrets left out: by the name of a field and by the exact values that were registered."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from opsconductor.settings import Settings

if TYPE_CHECKING:
    import structlog

MASK = "********"
_SECRET_NAME = re.compile(
    r"(?i)(pass(word|wd|phrase)?|secret|token|api_?key|private_?key|master_?key|authorization|cookie)$"
)
#: Shorter values would mask half of every text.
SHORTEST_SECRET = 4
_values: set[str] = set()


def register_secret(value: str) -> None:
    """Never let this exact text into a log of this process."""
    if len(value) >= SHORTEST_SECRET:
        _values.add(value)


def _secrets_of(settings: Settings) -> list[str]:
    """The master key, and the database URL with the password in it as drivers print it."""
    found = [secret.get_secret_value() for secret in (settings.master_key, settings.database_url) if secret]
    if settings.database_url and (password := urlsplit(settings.database_url.get_secret_value()).password):
        found += [password, unquote(password)]
    return found


def redact(value: Any) -> Any:
    """The same structure with registered values and secret-named fields masked."""
    if isinstance(value, str):
        for secret in _values:
            value = value.replace(secret, MASK)
        return value
    if isinstance(value, dict):
        return {k: MASK if _SECRET_NAME.search(str(k)) and v is not None else redact(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [redact(v) for v in value]
    return value


def _redact_event(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return redact(dict(event))  # type: ignore[no-any-return]


def configure_logging(settings: Settings) -> None:
    """Send structlog and the standard library through one pipeline to stderr that masks; the settings' secrets, too."""
    import structlog

    for secret in _secrets_of(settings):
        register_secret(secret)
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared[:3], structlog.stdlib.ExtraAdder(), *shared[3:]],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _redact_event, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> "structlog.stdlib.BoundLogger":
    """A logger bound to a module's name. Most commands never log, so structlog is loaded by the first who does."""
    import structlog

    return structlog.stdlib.get_logger(name)
