"""Weights that the package ships, for pictures of any kind."""
