"""A simulated shop whose truth is known: it serves the demo, and it is how we know that the product finds what is there."""

from corridor.packs.simulation.facts import Plan, Troubles
from corridor.packs.simulation.run import furnish, planned, simulate_into_folder, simulate_into_workspace

__all__ = ["Plan", "Troubles", "furnish", "planned", "simulate_into_folder", "simulate_into_workspace"]
