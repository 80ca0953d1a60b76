"""Wiring (pipeline.py) and pure functions (nodes.py) of each pipeline."""
