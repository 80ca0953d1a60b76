"""Scores of the lanes -> tables -> figures -> page."""

from __future__ import annotations

from collections.abc import Iterable

from kedro.pipeline import Pipeline, node
from kedro.pipeline.node import Node

from denoising_autoencoder.lanes import Lane
from denoising_autoencoder.pipelines.reporting import (
    course_report,
    nodes,
    page_nodes,
    pca_nodes,
)
from denoising_autoencoder.pipelines.reporting.figure_list import FIGURES
from denoising_autoencoder.pipelines.reporting.lane_data import (
    choose,
    dataset_of,
    lane_inputs,
)


def create_pipeline(lanes: Iterable[Lane]) -> Pipeline:
    """The pipeline that reads the results of the lanes and summarizes them.

    Args:
        lanes: Lanes to report on. Nodes that have nothing to show for them are left
            out: those about noise if there is no denoiser, PCA if there are only
            denoisers, and the comparison with the course report if there is none of its
            models.
    """
    lanes = tuple(lanes)
    drawn = (each for figure in FIGURES for each in figure.nodes(lanes))
    made = [*_tables(lanes), *drawn]
    if choose(lanes, "clean"):
        made.append(_pca())
    if denoisers := choose(lanes, "noisy"):
        made += _noise_tables(denoisers)
    if course_report.LANES.intersection(lane.name for lane in lanes):
        made.append(_comparison())
    return Pipeline(
        [*made, _page(lanes, made)],
        namespace="reporting",
        prefix_datasets_with_namespace=False,
        tags="reporting",
    )


def _tables(lanes: Iterable[Lane]) -> list[Node]:
    clean = lane_inputs(choose(lanes, "clean"), "scores", "noise", "history")
    noisy = lane_inputs(choose(lanes, "noisy"), "scores", "noise", "history")
    untouched = {
        "noisy_input.scores": "noisy_input_scores",
        "noisy_input.noise": "noise_spec",
    }
    pca = {"pca.scores": "pca_scores", "pca.noise": "clean_spec"}
    return [
        node(
            nodes.compare_models,
            inputs={
                "image_info": "image_info",
                "architectures": "architectures",
                **clean,
                **(pca if clean else {}),
                **(untouched if noisy else {}),
                **noisy,
            },
            outputs="metrics",
            name="compare_models",
        ),
        node(
            nodes.summarize_losses,
            inputs={"metrics": "metrics", **_of_each(lanes, "history")},
            outputs="losses",
            name="summarize_losses",
        ),
        node(
            nodes.summarize_architectures,
            inputs={"images": "raw_test_images", **_of_each(lanes, "model")},
            outputs="architectures",
            name="summarize_architectures",
        ),
    ]


def _noise_tables(denoisers: Iterable[Lane]) -> list[Node]:
    """The scores of the untouched input, and the denoisers at other noise levels."""
    return [
        node(
            nodes.score_noisy_input,
            inputs=[
                "noisy_test_images",
                "raw_test_images",
                "test_photographs",
                "noise_spec",
            ],
            outputs="noisy_input_scores",
            name="score_noisy_input",
        ),
        node(
            nodes.score_by_sigma,
            inputs={
                "originals": "raw_test_images",
                "noise_spec": "noise_spec",
                "parameters": "params:reporting",
                **lane_inputs(denoisers, "model", "device", "precision", "threads"),
            },
            outputs="sigma_scores",
            name="score_by_sigma",
        ),
    ]


def _pca() -> Node:
    """The scores of PCA, which stands beside the models that give the image back."""
    return node(
        pca_nodes.score_pca,
        inputs=[
            "train_images",
            "test_images",
            "raw_test_images",
            "test_photographs",
            "clean_spec",
            "params:reporting.pca_components",
        ],
        outputs="pca_scores",
        name="score_pca",
    )


def _comparison() -> Node:
    return node(
        nodes.compare_with_course_report,
        inputs=["metrics", "losses", "noise_spec"],
        outputs="course_report_comparison",
        name="compare_with_course_report",
    )


def _page(lanes: Iterable[Lane], made: Iterable[Node]) -> Node:
    """The page, which gets all tables and figures."""
    denoisers = choose(lanes, "noisy")
    datasets = [
        *("image_info", "noise_spec", "train_indices", "validation_indices"),
        *("raw_test_images", *(["noisy_test_images"] if denoisers else [])),
        *(output for each in made for output in each.outputs),
        *("tuning_results", "provenance"),
    ]
    return node(
        page_nodes.write_page,
        inputs={
            **{name: name for name in datasets},
            **lane_inputs(lanes, "title", "timing", "model"),
            **lane_inputs(denoisers, "scores", "outputs"),
        },
        outputs="report_page",
        name="write_page",
    )


def _of_each(lanes: Iterable[Lane], field: str) -> dict[str, str]:
    """One dataset of each lane, by the name of the lane."""
    return {lane.name: dataset_of(lane, field) for lane in lanes}
