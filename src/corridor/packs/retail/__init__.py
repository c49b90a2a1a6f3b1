"""Retail: mappings for the tables that shops have, so far two public data sets that anybody can try the product with."""

from pathlib import Path

from corridor.collect.imports import MappingFolder
from corridor.ground.extensions import offer

offer(MappingFolder(Path(__file__).parent / "mappings"))
