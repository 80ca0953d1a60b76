"""fit PCA, encode -> score -> compare -> figures -> page."""

from __future__ import annotations

from collections.abc import Iterable

from kedro.pipeline import Pipeline, node
from kedro.pipeline.node import Node

from denoising_autoencoder.lanes import Lane
from denoising_autoencoder.pipelines.codes import nodes
from denoising_autoencoder.pipelines.reporting.lane_data import lane_inputs


def create_pipeline(lanes: Iterable[Lane]) -> Pipeline:
    """The pipeline that compares autoencoders with small codes with PCA.

    Args:
        lanes: Lanes whose network has a small code.
    """
    lanes = tuple(lanes)
    return Pipeline(
        [
            node(
                nodes.fit_code_pca,
                inputs={
                    "train_images": "train_images",
                    **{lane.name: f"params:{lane.name}" for lane in lanes},
                },
                outputs="code_pca",
                name="fit_pca",
            ),
            *(_encode(lane) for lane in lanes),
            node(
                nodes.score_code_pca,
                inputs={
                    "code_pca": "code_pca",
                    "originals": "raw_test_images",
                    "photographs": "test_photographs",
                    **lane_inputs(lanes, "parameters", "inputs", "noise"),
                },
                outputs="code_pca_scores",
                name="score_pca",
            ),
            node(
                nodes.compare_codes,
                inputs={
                    "pca_scores": "code_pca_scores",
                    "image_info": "image_info",
                    **lane_inputs(
                        lanes, "parameters", "scores", "history", "noise", "model"
                    ),
                },
                outputs="code_scores",
                name="compare",
            ),
        ],
        namespace="codes",
        prefix_datasets_with_namespace=False,
        tags="codes",
    )


def _encode(lane: Lane) -> Node:
    return node(
        nodes.encode_images,
        inputs=[
            f"{lane.name}_model",
            "noisy_test_images" if lane.noisy else "test_images",
            f"params:{lane.name}.device",
            f"params:{lane.name}.precision",
        ],
        outputs=f"{lane.name}_codes",
        name=f"encode_{lane.name}",
    )
