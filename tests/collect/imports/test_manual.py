"""The manual of mappings tells everything that a mapping can say, and its example works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from corridor.collect.imports import mapping as models
from corridor.collect.imports.load import mappings, read_mapping
from corridor.collect.imports.pages import REASONS
from corridor.ground.extensions import packs

MANUAL = (Path(__file__).parents[3] / "docs" / "mappings.md").read_text(encoding="utf-8")

packs()


def keys() -> set[str]:
    """Return every key that may stand anywhere in a mapping."""
    parts = [
        part for part in vars(models).values() if isinstance(part, type) and issubclass(part, BaseModel) and part is not BaseModel
    ]
    return {field.alias or name for part in parts for name, field in part.model_fields.items()}


def test_every_key_is_told() -> None:
    """A key that the manual does not name cannot be found by anybody: add it to docs/mappings.md."""
    said = set(re.findall(r"[a-z_]+", MANUAL))
    assert keys() <= said, sorted(keys() - said)


def test_every_reason_is_told() -> None:
    """Each code with which a row can stand aside is in the manual."""
    assert [code for code in REASONS if f"`{code}`" not in MANUAL] == []


def test_the_example_is_a_mapping(tmp_path: Path) -> None:
    """The manual's example can be copied and used."""
    example = re.search(r"```yaml\n(.*?)```", MANUAL, re.DOTALL)
    assert example
    file = tmp_path / "shop.yaml"
    file.write_text(example.group(1), encoding="utf-8")
    mapping, _ = read_mapping(file)
    assert set(mapping.tables) == {"customers", "orders"}


@pytest.mark.parametrize(("name", "file"), mappings(), ids=[name for name, _ in mappings()])
def test_every_shipped_mapping_has_a_title_in_both_languages(name: str, file: Path) -> None:
    """A mapping is found by its own name, and lists show it in the reader's language."""
    mapping, _ = read_mapping(file)
    assert mapping.mapping == name
    assert mapping.title
    assert mapping.titles["fa"]
