"""Trains, judges and uses image autoencoders: a Kedro project."""

__version__ = "0.1.0"
