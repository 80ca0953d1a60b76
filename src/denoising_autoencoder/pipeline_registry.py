"""The pipelines that `kedro run --pipelines=NAME` knows."""

from __future__ import annotations

from collections.abc import Iterable

from kedro.pipeline import Pipeline

from denoising_autoencoder.pipelines import (
    baselines,
    compare,
    data_engineering,
    lanes,
    reporting,
)
from denoising_autoencoder.pipelines.lanes import LANES, Lane

_REPORT_LANES = tuple(lane for lane in LANES if lane.name in ("ae", "dae"))


def register_pipelines() -> dict[str, Pipeline]:
    """Build every pipeline.

    Named one by one, not found by `find_pipelines`: that one looks for a folder of the
    name asked for, and `denoise` is made of several.

    Returns:
        `denoise`, which is the default: everything; `report_lanes`: the same with the
        course report's two models alone; `data_engineering`; `training`: every lane's
        training; `reporting`: what reads the models. `baselines`, which takes minutes
        and is no part of `denoise`: classical filters beside the networks. `compare`:
        two runs of one lane side by side.
    """
    every_lane = lanes.create_pipeline()
    denoise = _whole(LANES)
    return {
        "__default__": denoise,
        "denoise": denoise,
        "report_lanes": _whole(_REPORT_LANES),
        "data_engineering": data_engineering.create_pipeline(),
        "training": every_lane.only_nodes_with_tags("training"),
        "reporting": every_lane.only_nodes_with_tags("reporting")
        + reporting.create_pipeline(),
        "baselines": baselines.create_pipeline(),
        "compare": compare.create_pipeline(),
    }


def _whole(chosen: Iterable[Lane]) -> Pipeline:
    chosen = tuple(chosen)
    return (
        data_engineering.create_pipeline()
        + lanes.create_pipeline(chosen)
        + reporting.create_pipeline(chosen)
    )
