"""`kedro viz run` shows the pipeline with layers, namespaces and previews."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
import requests
from PIL import Image

pytestmark = pytest.mark.slow


def details(server: str, nodes: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    address = f"{server}/api/nodes/{nodes[name]['id']}"
    return requests.get(address, timeout=20).json()


def test_namespaces_are_boxes_and_datasets_have_layers(nodes):
    for name in ("data_engineering", "ae", "dae", "resunet", "reporting"):
        assert nodes[name]["type"] == "modularPipeline"
    assert nodes["dae_model"]["layer"] == "models"
    assert nodes["metrics"]["layer"] == "reporting"
    assert nodes["raw_train_images"]["layer"] == "raw"


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


def test_loss_histories_are_previewed_as_curves(server, nodes, first_run):
    history = details(server, nodes, "dae_history")

    assert history["preview_type"] == "PlotlyPreview"
    saved = pd.read_csv(first_run.newest("06_models/dae/history.csv"))
    curves = {curve["name"]: curve for curve in history["preview"]["data"]}
    assert list(curves) == ["training", "validation"]
    for split, rows in saved.groupby("split"):
        assert curves[split]["x"] == rows["step"].tolist()
        assert curves[split]["y"] == rows["mse"].tolist()
    assert history["preview"]["layout"]["yaxis"]["type"] == "log"


def test_every_dataset_has_a_layer_and_a_preview(server, nodes):
    datasets = [name for name, node in nodes.items() if node["type"] == "data"]
    assert len(datasets) > 40
    for name in datasets:
        assert nodes[name]["layer"], name
        assert details(server, nodes, name)["preview"], name
