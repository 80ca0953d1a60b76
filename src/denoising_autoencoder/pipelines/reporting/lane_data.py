"""The datasets of each lane, as nodes over several lanes get them.

Such a node takes them by keyword arguments that are named "<lane>.<field>", for example
`dae.scores`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import pandas as pd

from denoising_autoencoder.evaluation.exact import ranking
from denoising_autoencoder.lanes import Lane

Which = Literal["all", "clean", "noisy"]
"""Lanes by their inputs."""

_DATASETS = {
    "parameters": "params:{lane}",
    "title": "params:{lane}.title",
    "device": "params:{lane}.device",
    "precision": "params:{lane}.precision",
    "threads": "params:{lane}.threads",
    "model": "{lane}_model",
    "history": "{lane}_history",
    "timing": "{lane}_timing",
    "outputs": "{lane}_reconstructions",
    "scores": "{lane}_scores",
    "codes": "{lane}_codes",
    "train_codes": "{lane}_train_codes",
    "validation_codes": "{lane}_validation_codes",
}
"""Dataset of each field."""


def choose(lanes: Iterable[Lane], which: Which) -> list[Lane]:
    """The lanes with clean inputs, those with noisy inputs, or all."""
    return [
        lane for lane in lanes if which in ("all", "noisy" if lane.noisy else "clean")
    ]


def dataset_of(lane: Lane, field: str) -> str:
    """Name of the dataset that holds a field of a lane."""
    if field == "noise":
        return "noise_spec" if lane.noisy else "clean_spec"
    if field == "inputs":
        return "noisy_test_images" if lane.noisy else "test_images"
    return _DATASETS[field].format(lane=lane.name)


def lane_inputs(lanes: Iterable[Lane], *fields: str) -> dict[str, str]:
    """Inputs of a node that reads some fields of several lanes.

    Args:
        lanes: Lanes that the node reads.
        fields: Names of the fields: parameters, title, device, precision, threads,
            model, history, timing, outputs, scores, codes, train_codes,
            validation_codes, noise, inputs (the test images as the lane gets them).

    Returns:
        Dataset of each "<lane>.<field>".
    """
    return {
        f"{lane.name}.{field}": dataset_of(lane, field)
        for lane in lanes
        for field in fields
    }


def by_lane(inputs: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Sort what a node gets as "<lane>.<field>" into the fields of each lane.

    Args:
        inputs: Keyword arguments of the node; names without a dot are left out.

    Returns:
        By lane, in the order of the arguments: each field's value.
    """
    lanes: dict[str, dict[str, Any]] = {}
    for name, value in inputs.items():
        lane, dot, field = name.partition(".")
        if dot:
            lanes.setdefault(lane, {})[field] = value
    return lanes


def best_model(metrics: pd.DataFrame, models: Iterable[str]) -> str:
    """The best model by `exact.ranking`; the first of equal ones.

    Args:
        metrics: Table of `nodes.compare_models`.
        models: Models to choose from.
    """
    psnr = metrics.set_index("model")[ranking(metrics)]
    return max(models, key=lambda model: float(psnr[model]))
