"""Finds and reads a mapping. What is wrong in it is said with the file, the line, the key, the value and the remedy."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from corridor.collect.imports.facts import MappingFolder, MappingSection
from corridor.collect.imports.mapping import Mapping
from corridor.ground.extensions import every
from corridor.ground.problems import Invalid, NotFound

MOST_SHOWN = 12
"""Mistakes of one mapping that are told at once."""

NAMES = (
    "a name begins with a letter and goes on with letters, digits and '_' (keys of rules and touchpoints in lower case, '-' too)"
)

KeyPath = Sequence[str | int]


class _Loader(yaml.SafeLoader):
    """YAML without surprises: only `true` and `false` mean yes and no, days stay text, and a key stands once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key '{key.value}' stands here twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a mapping and where it came from; it knows on which line a key stands."""

    name: str
    text: str
    tree: yaml.Node | None

    def place(self, path: KeyPath) -> str:
        """Return the file, the line and the key, as a mistake's sentence begins."""
        line, node = 1, self.tree
        for step in path:
            node, line = _inside(node, step, line)
        keys = ".".join(str(step) for step in path)
        return f"{self.name}, line {line}: {keys}" if keys else f"{self.name}:"

    def refuse(self, mistakes: Sequence[tuple[KeyPath, str]]) -> Invalid:
        """Return the problem that tells all mistakes, one a line."""
        told = [f"{self.place(path)} {sentence}" for path, sentence in mistakes[:MOST_SHOWN]]
        if len(mistakes) > MOST_SHOWN:
            told.append(f"… and {len(mistakes) - MOST_SHOWN} more.")
        return Invalid("\n".join(told), code="bad_mapping", field=".".join(map(str, mistakes[0][0])))


def mappings() -> list[tuple[str, Path]]:
    """Return the name and file of every mapping that packs bring, by name."""
    found = {path.stem: path for folder in every(MappingFolder) for path in sorted(folder.path.glob("*.yaml"))}
    return sorted(found.items())


def find_mapping(chosen: str) -> Path:
    """Return the file of a mapping, given as a path or as the name of one that a pack brings.

    Raises:
        NotFound: there is neither; says which names there are.
    """
    path = Path(chosen)
    if path.is_file():
        return path
    known = dict(mappings())
    if chosen in known:
        return known[chosen]
    remedy = f"Mappings that come with Corridor: {', '.join(known)}." if known else "No pack brings a mapping."
    if path.is_dir():
        raise NotFound(
            f"{chosen} is a folder; --mapping takes the YAML file of a mapping or a mapping's name. {remedy}", field="mapping"
        )
    raise NotFound(
        f"There is no mapping '{chosen}', neither as a file nor by name.{_perhaps(chosen, list(known))} {remedy}", field="mapping"
    )


def read_mapping(path: Path) -> tuple[Mapping, Source]:
    """Read a mapping's file.

    Raises:
        Invalid: it is not YAML, or a key or value in it is wrong; the sentences name file, line and key.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is not text in UTF-8 (byte {error.start}); is it really a mapping?", code="bad_mapping") from error
    try:
        tree = yaml.compose(text, Loader=_Loader)
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a SafeLoader
    except yaml.YAMLError as error:
        raise Invalid(f"{path} is not valid YAML: {_yaml_mistake(error)}.", code="bad_mapping") from error
    source = Source(path.name, text, tree)
    if not isinstance(content, dict):
        raise Invalid(f"{path} is not a mapping: it must begin with keys such as `mapping:` and `tables:`.", code="bad_mapping")
    try:
        mapping = Mapping.model_validate(content)
    except ValidationError as error:
        raise source.refuse([_mistake(one) for one in error.errors()]) from error
    _refuse_unknown_sections(mapping, source)
    return mapping, source


def _refuse_unknown_sections(mapping: Mapping, source: Source) -> None:
    offered = [section.key for section in every(MappingSection)]
    known = [*Mapping.model_fields, *offered]
    mistakes: list[tuple[KeyPath, str]] = [
        ((key,), f"is not a key of a mapping.{_perhaps(key, known)} Keys there: {', '.join(known)}.")
        for key in mapping.sections
        if key not in offered
    ]
    mistakes += [
        ((key,), "must be a list.") for key, value in mapping.sections.items() if key in offered and not isinstance(value, list)
    ]
    if mistakes:
        raise source.refuse(mistakes)


def _mistake(error: ErrorDetails) -> tuple[KeyPath, str]:
    path = [step for step in error["loc"] if step != "[key]"]
    given, kind = error["input"], error["type"]
    if kind == "extra_forbidden":
        known = _settings_at(path[:-1])
        return (path, f"is not known here.{_perhaps(str(path[-1]), known)} Keys there: {', '.join(known)}.")
    if kind == "missing":
        return path[:-1], f"lacks the key '{path[-1]}', which is needed."
    if kind == "value_error":
        return (
            path,
            f"{error['msg'].removeprefix('Value error, ')}{'' if isinstance(given, dict) else f' (it is {_shown(given)})'}.",
        )
    if kind == "literal_error":
        choices = [choice.strip("'") for choice in str(error["ctx"]["expected"]).replace(" or ", ", ").split(", ")]
        return (path, f"is {_shown(given)}; it must be one of {', '.join(choices)}.{_perhaps(str(given), choices)}")
    if kind == "string_pattern_mismatch":
        needed = "three capitals are needed, such as EUR" if "A-Z]{3}" in error["msg"] else NAMES
        return path, f"is {_shown(given)}, which cannot stand here: {needed}."
    return path, f"is {_shown(given)}: {error['msg'][0].lower()}{error['msg'][1:]}."


def _settings_at(path: KeyPath) -> list[str]:
    """Return the keys that may stand at a place of the mapping."""
    model: type[BaseModel] | None = Mapping
    for step in path:
        if model is None:
            return []
        by_name = {field.alias or name: field for name, field in model.model_fields.items()}
        if str(step) in by_name:
            model = _model_of(by_name[str(step)].annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for model in map(_model_of, get_args(annotation)) if model is not None), None)


def _inside(node: yaml.Node | None, step: str | int, line: int) -> tuple[yaml.Node | None, int]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark.line + 1
    return node, line


def _yaml_mistake(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"{problem} (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else problem


def _perhaps(wrong: str, known: Sequence[str]) -> str:
    close = get_close_matches(wrong, known, n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def _shown(value: Any) -> str:
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:77] + "…"
