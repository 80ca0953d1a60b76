"""Noise, the same for training, validation and test: a module for each kind."""
