"""The results of a run, as the sections of its page read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from denoising_autoencoder.pipelines.reporting.lane_data import Which, best_model


@dataclass(frozen=True)
class Results:
    """The results of a run.

    Attributes:
        images: Name of the images.
        noise: Noise of the test images, in words.
        lanes: Fields of each lane, by its name: title, model and timing; scores and
            outputs only of the lanes that denoise.
        datasets: All other datasets that the page reads, by name. Without a denoiser
            some are missing.
    """

    images: str
    noise: str
    lanes: Mapping[str, Mapping[str, Any]]
    datasets: Mapping[str, Any]

    def titles(self, which: Which = "all") -> dict[str, str]:
        """Titles of the lanes that have such inputs, by their names."""
        return {
            name: lane["title"]
            for name, lane in self.lanes.items()
            if which in ("all", "noisy" if "outputs" in lane else "clean")
        }

    def best(self) -> str:
        """The best denoiser (`best_model`); if there is none, the best model."""
        models = self.titles("noisy") or self.titles()
        return best_model(self.datasets["metrics"], models)

    def recipe(self, lane: str) -> Mapping[str, Any] | None:
        """Parameters that the model of a lane was trained with; None if unknown.

        The current parameters may differ: a run can report on an older model.
        """
        artifacts = self.datasets["provenance"]["artifacts"]
        parameters: dict[str, Mapping[str, Any]] = {
            artifact["dataset"]: artifact["parameters"] for artifact in artifacts
        }
        return parameters.get(f"{lane}_model", {}).get(lane)


def leak_in_words(metrics: pd.DataFrame) -> list[str]:
    """A sentence about test images that are training images too, if there are any.

    Args:
        metrics: Table of `nodes.compare_models`; one of an earlier release does not say
            how many there are.
    """
    first = metrics.iloc[0]
    leaked = first.get("n_test_in_training", 0)
    if not leaked > 0:  # nor if it is NaN
        return []
    found = f"{leaked:,.0f} of {first['n_images']:,} test images"
    return [f"{found} are training images too: scores are better than on new images."]
