"""Every setting of an installation in one list, read from `CORRIDOR_*` variables and `corridor.toml`. It refuses names that it does not know."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

from corridor.ground.problems import Invalid

DEFAULT_DATA = Path("corridor-data")
PREFIX = "CORRIDOR_"
FILE = "corridor.toml"
NOT_SETTINGS = {"CORRIDOR_TEST_DATA", "CORRIDOR_WORKSPACE"}
"""Variables of ours that choose a workspace or a test's input, not how the installation behaves."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a setting is for, in one sentence, and the only values allowed where they are few."""

    sentence: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Described:
    """One row of the manual's table of settings."""

    name: str
    variable: str
    type: str
    default: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Settings:
    """How this installation behaves. A variable wins over the file in the data folder, which wins over the one in the current folder."""

    data: Annotated[Path, Means("The folder that holds everything this installation keeps.")] = DEFAULT_DATA
    host: Annotated[str, Means("The address that `corridor serve` listens on.")] = "127.0.0.1"
    port: Annotated[int, Means("The port that `corridor serve` listens on; 0 takes a free one.")] = 8765
    address: Annotated[
        str, Means("What people type, such as `https://care.example.com`; links in mail and surveys begin with it.")
    ] = ""
    trusted_proxies: Annotated[
        str, Means("Addresses of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, with commas between.")
    ] = ""
    secure_cookies: Annotated[bool, Means("Sign-in cookies travel over https, or on this computer, only.")] = True
    session_idle_minutes: Annotated[int, Means("Minutes without a request after which a person must sign in again.")] = 30
    session_hours: Annotated[int, Means("Hours after sign-in at which a person must sign in again, whatever they did.")] = 12
    audit_heads: Annotated[str, Means("The file of signed audit heads; best on another disk. In the data folder by default.")] = (
        ""
    )
    audit_key: Annotated[str, Means("The file of the key that signs them, made when missing. In the data folder by default.")] = (
        ""
    )
    log_level: Annotated[str, Means("How much is logged.", ("debug", "info", "warning", "error"))] = "info"
    log_format: Annotated[str, Means("A log record as a line to read, or as JSON for a collector.", ("text", "json"))] = "text"
    web_threads: Annotated[int, Means("Threads that answer pages and API calls.")] = 40
    largest_request: Annotated[int, Means("Bytes of the largest form or API request; events have limits of their own.")] = (
        1_048_576
    )
    batch_events: Annotated[int, Means("Events that the line takes through its steps in one transaction.")] = 2_500
    tick_seconds: Annotated[
        float, Means("Seconds between two looks at what is due: overdue promises, customers gone silent.")
    ] = 10.0

    @classmethod
    def load(cls, data: Path | None = None, environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
        """Read the settings for a data folder; what is `given` by name wins over all.

        Raises:
            Invalid: names the setting, where it stands and what it may be.
        """
        variables = os.environ if environment is None else environment
        found: dict[str, Any] = dict(_of_file(Path(FILE)))
        from_variables = dict(_of_variables(variables))
        folder = data or from_variables.get("data") or found.get("data") or DEFAULT_DATA
        if Path(folder).resolve() != Path.cwd():
            found |= dict(_of_file(Path(folder) / FILE))
        found |= from_variables | {name: value for name, value in given.items() if value is not None}
        found["data"] = Path(folder)
        return cls(**found)


def describe() -> list[Described]:
    """Return every setting with its type, default and meaning, in the order of the manual."""
    return [
        Described(
            name=one.name,
            variable=PREFIX + one.name.upper(),
            type=_in_words(*_kind_and_means(one.name)),
            default=_written(one.default),
            meaning=_kind_and_means(one.name)[1].sentence,
        )
        for one in fields(Settings)
    ]


def _kind_and_means(name: str) -> tuple[type, Means]:
    kind, means = get_args(_hints()[name])
    return kind, means


@cache
def _hints() -> dict[str, Any]:
    return get_type_hints(Settings, include_extras=True)


def _written(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _in_words(kind: type, means: Means) -> str:
    return (
        ", ".join(means.choices)
        if means.choices
        else {bool: "yes or no", int: "number", float: "number", Path: "folder"}.get(kind, "text")
    )


def _of_variables(variables: Mapping[str, str]) -> list[tuple[str, Any]]:
    known = {one.variable: one.name for one in describe()}
    return [
        (known[name], _read(known[name], value, f"the variable {name}"))
        for name, value in variables.items()
        if name in known and value != ""
    ]


def _of_file(path: Path) -> list[tuple[str, Any]]:
    if not path.is_file():
        return []
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} is not valid TOML: {error}.", code="bad_settings_file") from error
    return [(name, _read(name, value, str(path))) for name, value in content.items()]


def _read(name: str, value: Any, where: str) -> Any:
    """Return the value in the setting's own type, or say what is wrong with it and where it stands."""
    if name not in _hints():
        raise Invalid(
            f"{where} names the setting {name!r}, which does not exist. See docs/configuration.md.",
            code="unknown_setting",
            field=name,
        )
    kind, means = _kind_and_means(name)
    try:
        read = _yes_or_no(value) if kind is bool else kind(value)
    except (ValueError, TypeError):
        read = None
    if read is None or (means.choices and read not in means.choices):
        raise Invalid(f"{where} sets {name} to {value!r}; it must be: {_in_words(kind, means)}.", code="bad_setting", field=name)
    return read


def _yes_or_no(value: Any) -> bool | None:
    words = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}
    return words.get(str(value).lower())
