"""What the tuning needs besides the project's own packages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.extras import TUNING


@contextmanager
def installed() -> Iterator[None]:
    """Say how to install what is missing.

    Raises:
        ProjectError: A package of the extra `tuning`, or PostgreSQL's, is missing.
    """
    try:
        with TUNING.needed():
            yield
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        if missing == "psycopg" or "psycopg" in str(error):
            raise ProjectError(
                "A PostgreSQL database in tuning.storage needs psycopg: install it by "
                "python -m pip install 'psycopg[binary]>=3.2'."
            ) from error
        raise
