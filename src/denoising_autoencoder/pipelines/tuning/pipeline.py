"""make_folds -> search."""

from __future__ import annotations

from collections.abc import Iterable

from kedro.pipeline import Pipeline, node

from denoising_autoencoder.lanes import Lane
from denoising_autoencoder.pipelines.tuning import nodes


def create_pipeline(lanes: Iterable[Lane]) -> Pipeline:
    """The pipeline that searches for a better recipe of one of the lanes.

    Which one, `tuning.lane` says; so the nodes get the parameters of all.
    """
    blocks = {lane.name: f"params:{lane.name}" for lane in lanes}
    return Pipeline(
        [
            node(
                nodes.make_folds,
                inputs=[
                    "train_photographs",
                    "train_indices",
                    "image_info",
                    "params:tuning",
                ],
                outputs="tuning_folds",
                name="make_folds",
            ),
            node(
                nodes.search,
                inputs={
                    "train_images": "train_images",
                    "folds": "tuning_folds",
                    "noise_spec": "noise_spec",
                    "clean_spec": "clean_spec",
                    "studies": "tuning_studies",
                    "parameters": "params:tuning",
                    **blocks,
                },
                outputs="tuning_trials",
                name="search",
            ),
        ],
        namespace="tuning",
        prefix_datasets_with_namespace=False,
    )
