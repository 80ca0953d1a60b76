"""One template for every model, instantiated once a lane."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial, update_wrapper
from typing import Any

from kedro.pipeline import Pipeline, node

from denoising_autoencoder.lanes import Lane
from denoising_autoencoder.pipelines.lanes import nodes


def create_pipeline(lanes: Iterable[Lane]) -> Pipeline:
    """The pipelines of the lanes.

    The trainings are tagged `training`, what reads their models `reporting`.
    """
    return sum((_lane(lane) for lane in lanes), Pipeline([]))


def _lane(lane: Lane) -> Pipeline:
    prefix, noise = ("noisy_", "noise_spec") if lane.noisy else ("", "clean_spec")
    return Pipeline(
        [
            node(
                _told_its_lane(nodes.train_model, lane),
                inputs=[
                    "train_images",
                    "validation_images",
                    f"{prefix}validation_images",
                    noise,
                    f"params:{lane.name}",
                    "checkpoints",
                ],
                outputs=[
                    f"{lane.name}_model",
                    f"{lane.name}_history",
                    f"{lane.name}_timing",
                ],
                name="train",
                tags="training",
            ),
            node(
                nodes.reconstruct_images,
                inputs=[
                    f"{lane.name}_model",
                    f"{prefix}test_images",
                    noise,
                    f"params:{lane.name}.device",
                    f"params:{lane.name}.precision",
                    f"params:{lane.name}.threads",
                ],
                outputs=f"{lane.name}_reconstructions",
                name="reconstruct",
                tags="reporting",
            ),
            node(
                nodes.score_reconstructions,
                inputs=[
                    f"{lane.name}_reconstructions",
                    "raw_test_images",
                    "test_photographs",
                    noise,
                ],
                outputs=f"{lane.name}_scores",
                name="score",
                tags="reporting",
            ),
        ],
        namespace=lane.name,
        prefix_datasets_with_namespace=False,
    )


def _told_its_lane(function: Callable[..., Any], lane: Lane) -> Callable[..., Any]:
    """A node's function that knows whose parameters it gets, with its own signature."""
    return update_wrapper(partial(function, lane=lane.name), function)
