"""Runs in MLflow, if the environment asks for it."""
