"""Tracking with MLflow, an extra: what MLflow records of a run.

MLflow makes every call of `kedro` a second slower, so `make test-slow` installs it into
a second environment, `.venv/mlflow`, and all other tests run without it.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from denoising_autoencoder.datasets.model import ModelDataset
from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.denoisers.network import trained_denoiser
from denoising_autoencoder.images import normalize, unnormalize
from tests import processes
from tests.cli.artifacts import versions

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).with_name("mlflow_runs.py")


@pytest.fixture(scope="module")
def python_with_mlflow(project: Path) -> str:
    """A Python that has the extra."""
    other = project / ".venv/mlflow/bin/python"
    if other.exists():
        return str(other)
    if find_spec("kedro_mlflow"):
        return sys.executable
    pytest.skip("needs MLflow, which `make test-slow` or the extra `mlflow` installs")


@dataclass(frozen=True)
class Tracked:
    """What the script did.

    Attributes:
        output: Output of the script and its runs.
        codes: Exit codes of the runs.
        runs: What MLflow recorded of them.
        of_models: For each model of the first run, the names of the metrics that MLflow
            links to it, and its parameters.
        still: Status of the caller's own run after a run that was terminated in it.
        denoised: Images, uint8, that a model of MLflow makes of the noisy images.
        data: Folder of the artifacts.
    """

    output: str
    codes: list[int]
    runs: list[dict[str, Any]]
    of_models: dict[str, Any]
    still: str
    denoised: np.ndarray
    data: Path


@pytest.fixture(scope="module")
def noisy(first_run) -> np.ndarray:
    """Noisy test images as uint8."""
    return unnormalize(
        np.load(first_run.newest("05_model_input/noisy_test_images.npy"))
    )


@pytest.fixture(scope="module")
def tracked(
    kedro_anywhere, first_run, noisy, python_with_mlflow, tmp_path_factory
) -> Tracked:
    """The runs of the script, on the artifacts of the first run."""
    folder = tmp_path_factory.mktemp("mlflow")
    kedro = kedro_anywhere(folder / "data")
    shutil.copytree(first_run.data, kedro.data)
    np.save(folder / "noisy.npy", noisy)
    done = processes.run(
        [
            *(python_with_mlflow, SCRIPT, folder, folder / "noisy.npy"),
            *("--env=test", f"--params=data_root={kedro.data}"),
        ],
        cwd=kedro.project,
        env={
            **kedro.environment(),
            "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "PYTHONPATH": str(kedro.project),
        },
    )
    assert done.returncode == 0, done.stdout
    return Tracked(
        output=done.stdout,
        denoised=np.load(folder / "denoised.npy"),
        data=kedro.data,
        **json.loads(done.stdout.splitlines()[-1]),
    )


def test_each_run_ends_in_mlflow_as_it_ended_and_one_that_is_refused_never_began(
    tracked,
):
    assert tracked.codes == [0, 1, 143, 0, 143, 1, 1], tracked.output
    ours, killed, theirs, nested = tracked.runs
    assert [run["status"] for run in (ours, killed)] == ["FINISHED", "KILLED"]
    # A run that the caller has begun is used, and not ended.
    assert tracked.still == "RUNNING"
    assert theirs["params"] == {}
    assert nested["params"]["noise.std"] == "0.31623"
    assert "--load-versions names raw_test_images" in tracked.output


def test_parameters_are_logged_one_by_one_as_the_nodes_read_them(tracked):
    params = tracked.runs[0]["params"]

    assert params["ae.steps"] == "30"
    assert params["ae.options.width"] == "8"
    assert not any("=" in value for value in params.values())  # no whole block


def test_losses_are_logged_at_their_steps(tracked):
    metrics = tracked.runs[0]["metrics"]
    history = pd.read_csv(last(tracked.data / "06_models/ae/history.csv"))

    for split in ("training", "validation"):
        rows = history[history["split"] == split]
        assert metrics[f"ae/{split}_mse"] == rows[["step", "mse"]].values.tolist()
    rates = history.drop_duplicates("step")[["step", "learning_rate"]]
    assert metrics["ae/learning_rate"] == rates.values.tolist()
    assert "dae/training_mse" not in metrics


def test_test_metrics_are_those_of_the_table(tracked):
    metrics = tracked.runs[0]["metrics"]
    table = pd.read_csv(last(tracked.data / "08_reporting/metrics.csv"))

    for row in table.to_dict("records"):
        assert metrics[f"{row['model']}/test_psnr"] == [[0, row["psnr"]]]
        assert metrics[f"{row['model']}/test_ssim"] == [[0, row["ssim"]]]
        for name in ("psnr_of_mean_mse", "n_exact"):
            assert metrics[f"{row['model']}/test_{name}"] == [[0, row[name]]]
        trained = row["model"] != "noisy_input"
        work = metrics.get(f"{row['model']}/training_tflop")
        assert work == ([[0, row["tflop"]]] if trained else None)


def test_each_model_has_its_own_metrics_and_parameters(tracked):
    assert sorted(tracked.of_models) == ["ae", "resunet"]
    for name, (metrics, params) in tracked.of_models.items():
        assert {metric.split("/")[0] for metric in metrics} == {name}
        assert f"{name}/validation_mse" in metrics
        assert {param.split(".")[0] for param in params} == {name}
        assert params[f"{name}.steps"] == "30"
    assert "ae/test_psnr" in tracked.of_models["ae"][0]


def test_the_command_of_a_run_is_whole(tracked):
    command = tracked.runs[0]["command"]

    assert command.startswith("kedro run --nodes=ae.train,resunet.train,reporting")
    assert f"--env=test --params=data_root={tracked.data}" in command


def test_what_a_person_reads_is_in_mlflow_with_its_lineage(tracked):
    assert tracked.runs[0]["files"] == [
        *("loss_curves/lineage.json", "loss_curves/loss_curves.pdf"),
        *("loss_curves/loss_curves.png", "metrics/lineage.json", "metrics/metrics.csv"),
    ]


def test_a_model_of_mlflow_denoises_as_the_catalogs(tracked, noisy):
    file = last(tracked.data / "06_models/ae/model.safetensors")
    assert file.parent.name == tracked.runs[0]["version"]
    denoiser = trained_denoiser(ModelDataset(filepath=str(file)).load())

    expected = reconstruct(denoiser, normalize(noisy))

    np.testing.assert_array_equal(tracked.denoised, expected)


def test_a_run_says_which_it_is_and_without_mlflow_one_sentence(tracked):
    assert re.search(r"MLflow: run \w{32} of experiment denoising_auto", tracked.output)
    server, file = re.findall(r"Error: This run cannot be tracked.*", tracked.output)
    assert "127.0.0.1:9" in server
    assert "Error: " in file.removeprefix("Error: ")  # of the system, by its name
    for error in (server, file):
        assert error.endswith("or unset MLFLOW_TRACKING_URI to run without MLflow.")
    assert "Traceback" not in tracked.output


def last(artifact: Path) -> Path:
    """The file of the newest version."""
    return versions(artifact)[-1] / artifact.name
