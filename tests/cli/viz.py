"""A kedro-viz that shows the first run."""

from __future__ import annotations

import contextlib
import random
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import processes

START_S = 120


def free_port() -> int:
    """A port that kedro-viz accepts: it refuses those that the system chooses."""
    for port in random.sample(range(20_000, 32_000), 50):
        with contextlib.suppress(OSError), socket.socket() as candidate:
            candidate.bind(("127.0.0.1", port))
            return port
    pytest.fail("no free port")


@pytest.fixture(scope="session")
def server(first_project, first_run, tmp_path_factory) -> Iterator[str]:
    """Address of a kedro-viz that shows the artifacts of the first run."""
    port = free_port()
    log = tmp_path_factory.mktemp("viz") / "log"
    with log.open("w") as output:
        process = processes.start(
            [
                str(Path(sys.executable).with_name("kedro")),
                *("viz", "run", "--no-browser", "--host=127.0.0.1", "--env=test"),
                f"--port={port}",
                f"--params=data_root={first_run.data}",
            ],
            cwd=first_project,
            stdout=output,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            deadline = time.monotonic() + START_S
            while process.poll() is None and time.monotonic() < deadline:
                try:
                    requests.get(f"{address}/api/main", timeout=5)
                    break
                except requests.ConnectionError:
                    time.sleep(0.2)
            else:
                pytest.fail(f"kedro viz did not start:\n{log.read_text()}")
            yield address
        finally:
            processes.end(process)


@pytest.fixture(scope="session")
def nodes(server) -> dict[str, dict[str, Any]]:
    main = requests.get(f"{server}/api/main", timeout=20).json()
    return {node["name"]: node for node in main["nodes"]}
