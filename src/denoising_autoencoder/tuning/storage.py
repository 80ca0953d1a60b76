"""The database of a study: a file of SQLite, or a PostgreSQL server."""

from __future__ import annotations

import os
import sqlite3
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

from denoising_autoencoder.errors import DatasetFileError, ProjectError

HEARTBEAT, GRACE = 5, 20
"""Seconds between two signs of life of a trial, and after the last of which its process
counts as dead."""

_PATIENCE = 60
"""Seconds for which SQLite waits for another process that writes."""

_RETRIES = 3
"""Number of times that a database with half-made tables is opened again."""

Direction = Literal["minimize", "maximize"]

_RESUME = "the finished trials are kept, and the same command resumes the search"

_OF_THE_DATABASE = (
    *(StorageInternalError, SQLAlchemyError, sqlite3.Error, RuntimeError),
    # Optuna's own slips (5.0) where a trial's end cannot be written.
    *(UnboundLocalError, AssertionError),
)

_LOCK = text("UPDATE trials SET state = state WHERE trial_id = :trial")


@dataclass(frozen=True)
class Place:
    """Where a study is.

    Attributes:
        name: Name of the study.
        file: File of SQLite; None for a server.
        address: Address of the database on a server; None for a file.
    """

    name: str
    file: Path | None
    address: str | None

    def describe(self) -> str:
        """The place in words; an address holds no password."""
        return str(self.file) if self.file else f"{self.name} in {self.address}"


class _Storage(RDBStorage):
    """A storage that only one process at a time changes a trial's state in.

    Its signs of life fail silently; the next write has the error.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        try:
            super().__init__(*arguments, **options)
        except BaseException:  # nobody else could close what was opened
            if hasattr(self, "engine"):
                self.engine.dispose()
            raise

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        """Change the state of a trial, unless another process was faster.

        Optuna asks for a lock that SQLite does not know; a write takes one in any.
        """
        try:
            self.scoped_session().execute(_LOCK, {"trial": trial_id})
            return bool(super().set_trial_state_values(trial_id, state, values))
        finally:
            self.scoped_session().close()

    def record_heartbeat(self, trial_id: int) -> None:
        with suppress(StorageInternalError, SQLAlchemyError):
            super().record_heartbeat(trial_id)


def open_study(
    place: Place, direction: Direction, pruner: BasePruner, sampler: BaseSampler
) -> optuna.Study:
    """Open a study, and create it if it is new.

    Args:
        place: Its place.
        direction: "minimize" or "maximize".
        pruner: Its pruner.
        sampler: Its sampler.

    Raises:
        ProjectError: The database cannot be used, or holds something else.
    """
    with storage_errors(place), quiet_optuna():
        if place.file is not None and not place.file.exists():
            _create_file(place.file, place.name, direction)
        storage = _retried(place.file, place.address)
        return _study(storage, place.name, direction, pruner, sampler)


def _retried(file: Path | None, address: str | None) -> RDBStorage:
    """Open a storage; on a server several first runs may be making its tables."""
    for _ in range(_RETRIES):
        with suppress(IntegrityError, ProgrammingError):
            return _storage(file, address)
        time.sleep(0.5)
    return _storage(file, address)


def _storage(file: Path | None, address: str | None) -> RDBStorage:
    if file is not None:
        # SQLAlchemy needs an address of its own kind, but reads no path from it.
        url = "sqlite:///study"
        engine: dict[str, Any] = {"creator": lambda: _connect(file)}
    else:
        # Optuna formats the address.
        escaped = str(address).replace("{", "{{").replace("}", "}}")
        scheme, _, rest = escaped.partition("://")
        url = f"{scheme.removesuffix('+psycopg')}+psycopg://{rest}"
        # A server that was started anew has forgotten its connections.
        engine = {"pool_pre_ping": True, "connect_args": {"connect_timeout": 10}}
    return _Storage(
        url,
        engine_kwargs=engine,
        heartbeat_interval=HEARTBEAT,
        grace_period=GRACE,
    )


def _connect(file: Path) -> sqlite3.Connection:
    """Open a file so that several processes can write, without a flush each time.

    A process that is killed loses nothing; a machine may lose its last seconds.
    """
    connection = sqlite3.connect(file, timeout=_PATIENCE, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def _study(
    storage: RDBStorage,
    name: str,
    direction: Direction,
    pruner: BasePruner | None = None,
    sampler: BaseSampler | None = None,
) -> optuna.Study:
    try:
        return optuna.create_study(
            storage=storage,
            study_name=name,
            direction=direction,
            pruner=pruner,
            sampler=sampler,
            load_if_exists=True,
        )
    except BaseException:
        _close(storage)
        raise


def _create_file(file: Path, name: str, direction: Direction) -> None:
    """Create a database whole or not at all; another run may be doing the same.

    Raises:
        DatasetFileError: The folder cannot be written.
    """
    hidden = file.with_name(f".{uuid4().hex}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        close_study(_study(_storage(hidden, None), name, direction))
        _give_name(hidden, file)
    except OSError as error:
        raise DatasetFileError(
            f"The study {file} cannot be written ({error.strerror}): make room or give "
            f"access; {_RESUME}."
        ) from error
    finally:
        with suppress(OSError):
            hidden.unlink()


def _give_name(hidden: Path, file: Path) -> None:
    """Give a file its name, unless another run has been faster."""
    try:
        os.link(hidden, file)
    except FileExistsError:
        return
    except OSError:  # no hard links here; a rename would replace the other's file
        if not file.exists():
            hidden.rename(file)


def close_study(study: optuna.Study) -> None:
    """Close all connections to a study's database."""
    _close(getattr(study._storage, "_backend", study._storage))


def _close(storage: Any) -> None:
    storage.remove_session()
    storage.engine.dispose()


@contextmanager
def storage_errors(place: Place) -> Iterator[None]:
    """Say in one sentence what is wrong with a database, and what to do.

    Raises:
        DatasetFileError: The file cannot be read or written, or holds something else.
        ProjectError: The server does not answer, or refuses.
    """
    try:
        yield
    except _OF_THE_DATABASE as error:
        reason = _reason(error)
        if reason is None:
            raise
        if place.file is not None:
            raise DatasetFileError(_of_file(place.file, reason)) from error
        raise ProjectError(
            f"The database {place.address} of tuning.storage cannot be used "
            f"({reason}): start its server, or correct the address; {_RESUME}."
        ) from error


def _reason(error: BaseException) -> str | None:
    """The first line of what a database says; None if it did not say it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, SQLAlchemyError | sqlite3.Error):
            said = getattr(cause, "orig", None) or cause
            lines = str(said).strip().splitlines() or [type(said).__name__]
            return lines[0].strip()
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, StorageInternalError) or "schema" in str(error):
        return "its tables are of another version of Optuna, or another program"
    return None


def _of_file(file: Path, reason: str) -> str:
    if "locked" in reason:
        return (
            f"The study {file} has been locked by another program for "
            f"{_PATIENCE} seconds: end that program; {_RESUME}."
        )
    if "full" in reason or "disk I/O" in reason:
        return f"The study {file} cannot be written ({reason}): make room; {_RESUME}."
    if "readonly" in reason or "unable to open" in reason:
        return (
            f"The study {file} cannot be written ({reason}): give access to it; "
            f"{_RESUME}."
        )
    return (
        f"The study {file} is damaged or of another program ({reason}): move it away, "
        "and the search starts anew."
    )


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Keep Optuna's own lines out of the log; `Report` writes one for each trial."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        before = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.CRITICAL)
        try:
            yield
        finally:
            optuna.logging.set_verbosity(before)
