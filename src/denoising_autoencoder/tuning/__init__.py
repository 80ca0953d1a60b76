"""Tuning of a lane's recipe by cross-validation, without Kedro."""
