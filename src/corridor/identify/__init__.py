"""Who was it? Links identifiers to customers, with evidence; merges, and undoes what was merged wrongly."""

from corridor.identify.facts import AfterMove, Changed, Link, Merge, Node
from corridor.identify.linking import Linker
from corridor.identify.look import (
    customer_exists,
    customer_roots,
    find,
    identifiers_of,
    keys_of_nodes,
    links_of,
    merges_of,
    nodes_of,
    survivor,
    why,
)
from corridor.identify.merging import merge, undo

__all__ = [
    "AfterMove",
    "Changed",
    "Link",
    "Linker",
    "Merge",
    "Node",
    "customer_exists",
    "customer_roots",
    "find",
    "identifiers_of",
    "keys_of_nodes",
    "links_of",
    "merge",
    "merges_of",
    "nodes_of",
    "survivor",
    "undo",
    "why",
]
