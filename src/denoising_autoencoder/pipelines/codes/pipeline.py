"""fit PCA, encode -> score -> compare -> figures -> page."""

from __future__ import annotations

from collections.abc import Iterable

from kedro.pipeline import Pipeline, node
from kedro.pipeline.node import Node

from denoising_autoencoder.extras import CODES
from denoising_autoencoder.lanes import Lane
from denoising_autoencoder.pipelines.codes import (
    nodes,
    page_nodes,
    probe_nodes,
    rate_nodes,
)
from denoising_autoencoder.pipelines.codes.figure_list import FIGURES, NEEDS_EXTRA
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
            *_look_inside(choose(lanes, "clean")),
        ],
        namespace="codes",
        prefix_datasets_with_namespace=False,
        tags="codes",
    )


def _look_inside(lanes: list[Lane]) -> list[Node]:
    """What is in the codes of clean images, and the page that shows it."""
    drawn = [each for figure in FIGURES for each in figure.nodes(lanes)]
    figures = [output for each in drawn for output in each.outputs]
    page = ["code_scores", "code_rates", "code_rates_figure", "code_probe", *figures]
    return [
        *(_encode_training(lane) for lane in lanes),
        node(
            probe_nodes.probe_codes,
            inputs={
                **{
                    name: name
                    for name in (
                        *("train_labels", "test_labels"),
                        *("train_indices", "validation_indices"),
                        *("train_images", "validation_images", "test_images"),
                        *("test_photographs", "code_pca"),
                    )
                },
                **lane_inputs(lanes, "train_codes", "validation_codes", "codes"),
            },
            outputs="code_probe",
            name="probe",
            tags=CODES.tag,
        ),
        *(
            each.tag(CODES.tag) if NEEDS_EXTRA.intersection(each.outputs) else each
            for each in drawn
        ),
        node(
            page_nodes.write_codes_page,
            inputs={name: name for name in page},
            outputs="codes_page",
            name="write_page",
        ),
    ]


def _encode_training(lane: Lane) -> Node:
    return node(
        probe_nodes.encode_training_images,
        inputs=[
            f"{lane.name}_model",
            "train_images",
            "validation_images",
            f"params:{lane.name}.device",
            f"params:{lane.name}.precision",
        ],
        outputs=[f"{lane.name}_train_codes", f"{lane.name}_validation_codes"],
        name=f"encode_training_{lane.name}",
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
                **lane_inputs(clean, "train_codes", "validation_codes", "codes"),
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
