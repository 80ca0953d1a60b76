"""The pipelines that `kedro run --pipelines=NAME` knows."""

from __future__ import annotations

from kedro.pipeline import Pipeline

from denoising_autoencoder.lanes import lanes_of
from denoising_autoencoder.pipelines import (
    baselines,
    codes,
    compare,
    data_engineering,
    inference,
    lanes,
    reporting,
    tuning,
)

SUMMARY_TABLES = {
    **reporting.summary.TABLES,
    **baselines.summary.TABLES,
    **codes.summary.TABLES,
    **compare.summary.TABLES,
    **inference.summary.TABLES,
    **tuning.summary.TABLES,
}
"""What renders each table that a run prints at its end, by dataset."""


def register_pipelines() -> dict[str, Pipeline]:
    """Build every pipeline.

    They are named one by one and not found by `find_pipelines`, which looks for a
    folder of the name asked for: `denoise` is made of several.

    Returns:
        `denoise`, which is the default: everything. `report_lanes`: the same with the
        course report's two models only. `data_engineering`. `training`: the training of
        every lane of `denoise`. `reporting`: what reads their models. `baselines`,
        which takes minutes and is not part of `denoise`: filters beside the
        networks. `codes`: autoencoders with small codes, beside PCA. `compare`: two
        runs of one lane. `inference`: pictures of the user's own. `tuning`: a search
        for a better recipe of one lane. `photo` and `photo_grey`: the models for these,
        trained on the pictures of a folder.
    """
    chosen = lanes_of("denoise")
    every_lane = lanes.create_pipeline(chosen)
    denoise = _whole("denoise")
    return {
        "__default__": denoise,
        "denoise": denoise,
        "report_lanes": _whole("report_lanes"),
        "data_engineering": data_engineering.create_pipeline(),
        "training": every_lane.only_nodes_with_tags("training"),
        "reporting": every_lane.only_nodes_with_tags("reporting")
        + reporting.create_pipeline(chosen),
        "baselines": baselines.create_pipeline(chosen),
        "codes": _without_report("codes") + codes.create_pipeline(lanes_of("codes")),
        "compare": compare.create_pipeline(),
        "inference": inference.create_pipeline(),
        "tuning": tuning.create_pipeline(chosen),
        **{name: _without_report(name) for name in ("photo", "photo_grey")},
    }


def _whole(name: str) -> Pipeline:
    """Everything, with the lanes that belong to a pipeline."""
    return _without_report(name) + reporting.create_pipeline(lanes_of(name))


def _without_report(name: str) -> Pipeline:
    """Data engineering, and the lanes that belong to a pipeline."""
    return data_engineering.create_pipeline() + lanes.create_pipeline(lanes_of(name))
