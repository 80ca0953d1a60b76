"""A PostgreSQL server for the tests, in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.processes import end, run, start

_DEBIAN = Path("/usr/lib/postgresql")


class Server:
    """A server that lets everybody in, on a free port of this machine.

    Args:
        programs: Folder of its programs.
        folder: Folder of its data.
        user: Who it runs as, as `subprocess` takes it; it refuses to run as root.
    """

    def __init__(self, programs: Path, folder: Path, user: dict[str, Any]) -> None:
        self._programs, self._folder, self._user = programs, folder, user
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        made = run(
            [
                *(programs / "initdb", "--pgdata", folder / "data", "--no-sync"),
                *("--username=ann", "--auth=trust", "--encoding=UTF8", "--no-locale"),
            ],
            cwd=folder,
            **user,
        )
        assert made.returncode == 0, made.stdout
        self.start()

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        with (self._folder / "log").open("a") as log:
            self._process = start(
                [
                    *(self._programs / "postgres", "-D", self._folder / "data", "-F"),
                    *("-p", str(self._port), "-c", "listen_addresses=127.0.0.1"),
                    *("-c", "unix_socket_directories="),
                ],
                cwd=self._folder,
                stdout=log,
                **self._user,
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            assert time.monotonic() < deadline, (self._folder / "log").read_text()
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop the server at once, though it has clients."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=60)
        end(self._process)

    def database(self, name: str) -> str:
        """The address of a new database."""
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self._address(name)

    def _address(self, name: str) -> str:
        return f"postgresql://ann@127.0.0.1:{self._port}/{name}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._address("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def running_server() -> Iterator[Server]:
    """A server, which is stopped and removed at the end; the test is skipped without.

    Yields:
        The server.
    """
    programs = _programs()
    if programs is None:
        pytest.skip("there is no PostgreSQL server: apt-get install postgresql")
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    try:
        if user:
            os.chown(folder, user["user"], user["group"])
        server = Server(programs, folder, user)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    found = shutil.which("postgres")
    if found:
        return Path(found).parent
    debian = sorted(_DEBIAN.glob("*/bin/postgres"), key=lambda one: int(one.parts[-3]))
    return debian[-1].parent if debian else None


def _user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
