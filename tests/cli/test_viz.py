"""`kedro viz run` shows the pipeline with layers, namespaces and previews."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image

START_S = 60


def free_port() -> int:
    """A port that kedro-viz accepts: it refuses those that the system hands out."""
    for port in random.sample(range(20_000, 32_000), 50):
        with contextlib.suppress(OSError), socket.socket() as candidate:
            candidate.bind(("127.0.0.1", port))
            return port
    pytest.fail("no free port")


@pytest.fixture(scope="module")
def server(project, first_run, tmp_path_factory) -> Iterator[str]:
    """The address of a kedro-viz that shows the artifacts of the first run."""
    port = free_port()
    log = tmp_path_factory.mktemp("viz") / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("kedro")),
                *("viz", "run", "--no-browser", "--host=127.0.0.1", "--env=test"),
                f"--port={port}",
                f"--params=data_root={first_run.data}",
            ],
            cwd=project,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
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
            # kedro-viz serves from a child of its own, which outlives its parent: end
            # the whole group, as Ctrl-C in a terminal does.
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=20)


@pytest.fixture(scope="module")
def nodes(server) -> dict[str, dict[str, Any]]:
    main = requests.get(f"{server}/api/main", timeout=20).json()
    return {node["name"]: node for node in main["nodes"]}


def details(server: str, nodes: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    address = f"{server}/api/nodes/{nodes[name]['id']}"
    return requests.get(address, timeout=20).json()


def test_namespaces_are_boxes_and_datasets_have_layers(nodes):
    for name in ("data_engineering", "ae", "dae", "resunet", "reporting"):
        assert nodes[name]["type"] == "modularPipeline"
    assert nodes["dae_model"]["layer"] == "models"
    assert nodes["metrics"]["layer"] == "reporting"
    assert nodes["raw_train_images"]["layer"] == "raw"


def test_tables_are_previewed_as_tables(server, nodes):
    metrics = details(server, nodes, "metrics")

    assert metrics["preview_type"] == "TablePreview"
    column = metrics["preview"]["columns"].index("model")
    models = [row[column] for row in metrics["preview"]["data"]]
    assert models == ["ae", "noisy_input", "dae", "resunet"]


def test_images_are_previewed_as_they_are(server, nodes, small_npz):
    images = details(server, nodes, "raw_test_images")

    assert images["preview_type"] == "ImagePreview"
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(images["preview"]))))
    assert shown.shape == (96, 960, 3)
    original = np.load(small_npz)["test_images"][0]
    np.testing.assert_array_equal(shown[::3, :96:3], original)


def test_figures_are_previewed_as_their_png(server, nodes, first_run):
    curves = details(server, nodes, "loss_curves")

    assert curves["preview_type"] == "ImagePreview"
    saved = first_run.newest("08_reporting/loss_curves.png").read_bytes()
    assert base64.b64decode(curves["preview"]) == saved


def test_models_are_previewed_by_their_configuration(server, nodes):
    model = details(server, nodes, "dae_model")

    assert model["preview_type"] == "JSONPreview"
    assert '"network": "report"' in model["preview"]
    assert '"0.weight": [8, 3, 3, 3]' in model["preview"]
