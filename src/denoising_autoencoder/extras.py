"""Packages that only some runs need: an extra of `pyproject.toml` brings them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module

from denoising_autoencoder.errors import ProjectError


@dataclass(frozen=True)
class Extra:
    """What a pipeline or a runner needs besides the project's own packages.

    Attributes:
        name: Name of the extra, and of the pipeline if it is one's.
        packages: Name of each package for people, by the name that Python imports.
        requirements: The packages and their versions, as pip takes them.
        user: What needs them, if it is not a pipeline.
    """

    name: str
    packages: Mapping[str, str]
    requirements: tuple[str, ...]
    user: str = ""

    def refuse_if_missing(self) -> None:
        """Import the packages.

        Raises:
            ProjectError: One is missing; the message says how to install it.
        """
        with self.needed():
            for package in self.packages:
                import_module(package)

    @property
    def tag(self) -> str:
        """Tag of the nodes that need it."""
        return f"extra-{self.name}"

    @contextmanager
    def needed(self) -> Iterator[None]:
        """Say how to install what the block misses.

        Raises:
            ProjectError: The block imports a package of the extra that is missing.
        """
        try:
            yield
        except ImportError as error:
            if (error.name or "").partition(".")[0] not in self.packages:
                raise
            raise ProjectError(
                f"{self.user or f'The pipeline {self.name}'} needs "
                f"{' and '.join(self.packages.values())}: install "
                f"{'them' if len(self.packages) > 1 else 'it'} by {sys.executable} -m "
                f"pip install {' '.join(map(repr, self.requirements))}."
            ) from error


TUNING = Extra(
    "tuning",
    {"optuna": "Optuna", "sklearn": "scikit-learn"},
    ("optuna~=5.0", "scikit-learn>=1.6"),
)
"""A tree of Parzen estimators, and which parameters matter."""

S3 = Extra(
    "s3", {"s3fs": "s3fs"}, ("s3fs>=2026.9",), "A data_root that begins with s3://"
)
"""Artifacts in an S3-compatible store."""

CODES = Extra("codes", {"sklearn": "scikit-learn"}, ("scikit-learn>=1.6",))
"""A linear probe, and maps of codes."""

DASK = Extra(
    "dask",
    {"dask": "dask", "distributed": "distributed"},
    ("dask>=2026.8", "distributed>=2026.8"),
    "The runner DaskRunner",
)
"""A run on several processes or machines."""
