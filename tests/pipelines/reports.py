"""The reporting pipeline as Kedro runs it, on small hand-made results of any lanes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from kedro.io import AbstractDataset, DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from matplotlib.figure import Figure

from denoising_autoencoder.datasets.tuning_results import TuningResult
from denoising_autoencoder.evaluation.metrics import highest_psnr
from denoising_autoencoder.figures import as_png
from denoising_autoencoder.images import UInt8Images, normalize
from denoising_autoencoder.lanes import Lane
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.parameters.reporting import ReportingParameters
from denoising_autoencoder.pipelines import reporting
from denoising_autoencoder.pipelines.reporting import nodes

CLEAN = {"kind": "none", "std": 0.0, "clamp": False, "seed": 0}
NOISE = {"kind": "gaussian", "std": 0.1, "clamp": True, "seed": 0}
REPORTING = ReportingParameters(
    examples=10, sigmas=[0.05, 0.2], sigma_images=3, pca_components=3
)
ANY_PNG = as_png(Figure((1, 1)))
COUNT = 12
ORIGINALS = np.random.default_rng(0).integers(0, 256, (COUNT, 16, 16, 3), np.uint8)


@dataclass(frozen=True)
class Trained:
    """A lane with the results of a training; its first images may be exact."""

    name: str
    title: str
    noisy: bool
    psnr: float
    network: str = "report"
    options: dict[str, Any] = field(default_factory=dict)
    noisy_inputs: int | None = None
    exact: int = 0

    def datasets(self) -> dict[str, Any]:
        timing = pd.DataFrame({"step": [0, 9], "seconds": [0.1, 12.34]})
        return {
            f"params:{self.name}.title": self.title,
            f"params:{self.name}.device": "cpu",
            f"params:{self.name}.precision": "float32",
            f"params:{self.name}.threads": 2,
            f"{self.name}_model": model(self.network, **self.options),
            f"{self.name}_history": history((0.3, 0.2), (0.02, 0.021)),
            f"{self.name}_timing": timing,
            f"{self.name}_reconstructions": ORIGINALS,
            f"{self.name}_scores": self.scores(),
        }

    def scores(self) -> pd.DataFrame:
        table = rising_scores(self.psnr, 0.1 if self.noisy else 0.0)
        first = table["image"] < self.exact
        highest = highest_psnr(*ORIGINALS.shape[1:])
        return table.assign(
            mse=table["mse"].where(~first, 0.0),
            psnr=table["psnr"].where(~first, highest),
        )

    def artifact(self) -> dict[str, Any]:
        recipe = {"steps": 77, "noisy_inputs": self.noisy_inputs}
        return {
            "dataset": f"{self.name}_model",
            "version": "2026-01-01T00.00.00.000Z",
            "sha256": "0123456789abcdef",
            "node": f"{self.name}.train",
            "parameters": {self.name: recipe},
        }


class Kept(AbstractDataset[Any, Any]):
    """Holds what a node gave, which Kedro's own dataset would drop when it is read.

    A figure is loaded as PNG, as from the catalog.

    Args:
        drawn: Whether it is the figure's own; another picture takes no time.
    """

    def __init__(self, drawn: bool) -> None:
        self.drawn = drawn

    def save(self, data: Any) -> None:
        self.data = data

    def load(self) -> Any:
        if not isinstance(self.data, Figure):
            return self.data
        return as_png(self.data) if self.drawn else ANY_PNG

    def _describe(self) -> dict[str, Any]:
        return {}


def report(
    *lanes: Trained,
    images: str = "CIFAR-10",
    noisy: UInt8Images = ORIGINALS // 2,
    leaked: int | None = None,
    tunings: Sequence[TuningResult] = (),
    drawn: bool = False,
) -> dict[str, Any]:
    """Run the whole pipeline.

    Args:
        lanes: Lanes to report on.
        images: Name of the images.
        noisy: Noisy test images.
        leaked: Number of test images that are training images too; None as in images
            of an earlier release.
        tunings: Results of tunings on the same images.
        drawn: Whether the page gets the figures; they take most of the time.

    Returns:
        What its nodes gave, by dataset; figures before they are saved.
    """
    leak = {} if leaked is None else {"n_test_in_training": leaked}
    values = {
        "image_info": {"name": images, **leak},
        "noise_spec": NOISE,
        "clean_spec": CLEAN,
        "train_indices": np.arange(90),
        "validation_indices": np.arange(10),
        "raw_test_images": ORIGINALS,
        "train_images": normalize(ORIGINALS[:9]),
        "test_images": normalize(ORIGINALS),
        "noisy_test_images": normalize(noisy),
        "test_photographs": np.arange(COUNT),
        "params:reporting": REPORTING,
        "params:reporting.pca_components": REPORTING.pca_components,
        "provenance": {
            "software": {"Python": "3.11.7", "torch": "2.14.1"},
            "hardware": {"processor": "A fast one", "cores": "2"},
            "artifacts": [lane.artifact() for lane in lanes],
        },
        "tuning_results": list(tunings),
    }
    for lane in lanes:
        values |= lane.datasets()
    pipeline = reporting.create_pipeline(Lane(one.name, one.noisy) for one in lanes)
    kept = {name: Kept(drawn) for name in pipeline.all_outputs()}
    given = {name: MemoryDataset(value) for name, value in values.items()}
    # A dataset that is missing in the catalog is an error: the pipeline must not ask
    # for what a run with these lanes does not have.
    SequentialRunner().run(pipeline, DataCatalog({**given, **kept}))
    return {name: dataset.data for name, dataset in kept.items()}


def model(name: str = "report", **options: Any) -> tuple[dict, dict]:
    network = build_network(name, seed=0, options=options)
    weights = {key: value.numpy() for key, value in network.state_dict().items()}
    # In another order than the network's, as a file may give them.
    weights = dict(reversed(weights.items()))
    return weights, {"network": name, "options": options, "noise": NOISE}


def metrics_of(
    images: str, noise: dict, leaked: int | None = None, **tables: pd.DataFrame
) -> pd.DataFrame:
    """The table of metrics; a model whose scores have no noise has clean inputs.

    Each has two layers of 200,000 and 300,000 multiply-accumulates and a code of 6,272
    numbers, and was trained on 1,600 images; the noisy input was not.
    """
    models: dict[str, Any] = {}
    for name, table in tables.items():
        clean = not table["noise_std"].any()
        models[f"{name}.scores"] = table
        models[f"{name}.noise"] = CLEAN if clean else noise
        if name != "noisy_input":
            models[f"{name}.history"] = history((0.3, 0.2), (0.02, 0.021))
    layers = [
        {"model": name, "code_size": 6272.0, "macs": macs}
        for name in tables
        if name != "noisy_input"
        for macs in (200_000, 300_000)
    ]
    leak = {} if leaked is None else {"n_test_in_training": leaked}
    return nodes.compare_models(
        {"name": images, **leak}, pd.DataFrame(layers), **models
    )


def scores(psnr: list[float], std: float) -> pd.DataFrame:
    values = np.asarray(psnr)
    return pd.DataFrame(
        {
            "image": range(len(values)),
            "photograph": range(len(values)),
            "noise_std": std,
            "mse": 4 * 10 ** (-values / 10),
            "psnr": values,
            "ssim": values / 50,
        }
    )


def rising_scores(psnr: float, std: float) -> pd.DataFrame:
    """Scores of all images, from the first a tenth of a dB apart."""
    return scores([psnr + index / 10 for index in range(COUNT)], std)


def history(first: tuple[float, float], last: tuple[float, float]) -> pd.DataFrame:
    rows = [
        {"step": step, "images_seen": 16 * step, "split": split, "mse": mse}
        for step, pair in ((0, first), (50, (9.0, 9.0)), (100, last))
        for split, mse in zip(("training", "validation"), pair, strict=True)
    ]
    return pd.DataFrame(rows)
