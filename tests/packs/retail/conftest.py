"""Shops whose tables were imported, as the tests of the retail pack look at them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from corridor.collect.imports import Import
from corridor.collect.imports.load import find_mapping
from corridor.collect.imports.run import run_import
from tests.conftest import House

SAMPLES = Path(__file__).parents[2] / "data"


class Quiet:
    """A display that shows nothing."""

    def step(self, name: str, total: int | None, unit: str) -> None:
        pass

    def forward(self, count: int, size: int | None = None) -> None:
        pass

    def say(self, sentence: str) -> None:
        pass


def tables_of(name: str) -> Path:
    """Return the folder of a data set: the real one where CORRIDOR_TEST_DATA says so, else the sample of our own making."""
    return Path(os.environ.get("CORRIDOR_TEST_DATA") or SAMPLES) / name


class Shop:
    """A house with an imported data set, and the folder that it came from."""

    def __init__(self, folder: Path, name: str) -> None:
        self.tables = tables_of(name)
        self.house = House(folder)
        self.mapping = find_mapping(name)
        self.done = self.take_in()

    def take_in(self) -> Import:
        """Import the tables and walk the line."""
        done = run_import(self.house.store, self.house.workspace, self.tables, self.mapping, Quiet())
        self.house.walk()
        return done


@pytest.fixture(scope="module")
def olist(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The Brazilian marketplace with its promised deliveries."""
    shop = Shop(tmp_path_factory.mktemp("olist") / "data", "olist")
    yield shop
    shop.house.close()


@pytest.fixture(scope="module")
def online_retail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The British gift shop with its invoice lines."""
    shop = Shop(tmp_path_factory.mktemp("online_retail") / "data", "online_retail")
    yield shop
    shop.house.close()
