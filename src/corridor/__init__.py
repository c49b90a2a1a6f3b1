"""Corridor, an open-source system of experience. The flow of data is told in `corridor.line`."""

__version__ = "0.1.0"
