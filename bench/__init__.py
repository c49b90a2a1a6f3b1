"""Benchmarks: one file a figure, each with its bar; `python -m bench` prints them and writes `bench/latest.json`."""
