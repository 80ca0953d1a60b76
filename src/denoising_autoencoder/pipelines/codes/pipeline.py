"""fit PCA, encode -> score -> compare -> figures -> page."""

from __future__ import annotations

from collections.abc import Iterable

from kedro.pipeline import Pipeline, node
from kedro.pipeline.node import Node

from denoising_autoencoder.lanes import Lane
from denoising_autoencoder.pipelines.codes import nodes, rate_nodes
from denoising_autoencoder.pipelines.reporting.lane_data import choose, lane_inputs


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
            *_rates(lanes),
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


def _rates(lanes: Iterable[Lane]) -> list[Node]:
    clean = choose(lanes, "clean")
    return [
        node(
            rate_nodes.measure_rates,
            inputs={
                "train_images": "train_images",
                "validation_images": "validation_images",
                "test_images": "test_images",
                "test_photographs": "test_photographs",
                "image_info": "image_info",
                "code_pca": "code_pca",
                **lane_inputs(clean, "model", "device", "precision"),
            },
            outputs="code_rates",
            name="measure_rates",
        ),
        node(
            rate_nodes.plot_rates,
            inputs="code_rates",
            outputs="code_rates_figure",
            name="plot_rates",
        ),
    ]
