"""make_folds -> search -> confirm -> figures; judge -> summarize."""

from __future__ import annotations

from collections.abc import Iterable

from kedro.pipeline import Pipeline, node
from kedro.pipeline.node import Node

from denoising_autoencoder.lanes import Lane
from denoising_autoencoder.pipelines.tuning import (
    choice_nodes,
    figure_nodes,
    nodes,
    report,
)


def create_pipeline(lanes: Iterable[Lane]) -> Pipeline:
    """The pipeline that searches for a better recipe of one of the lanes.

    Which one, `tuning.lane` says; so the nodes get the parameters of all.
    """
    blocks = {lane.name: f"params:{lane.name}" for lane in lanes}
    tuning = {"parameters": "params:tuning", **blocks}
    return Pipeline(
        [*_searching(tuning), *_drawing(tuning), *_judging(tuning)],
        namespace="tuning",
        prefix_datasets_with_namespace=False,
    )


def _searching(tuning: dict[str, str]) -> list[Node]:
    data = {
        "train_images": "train_images",
        "folds": "tuning_folds",
        "noise_spec": "noise_spec",
        "clean_spec": "clean_spec",
        "studies": "tuning_studies",
    }
    return [
        node(
            nodes.make_folds,
            inputs=["train_photographs", "train_indices", "params:tuning"],
            outputs="tuning_folds",
            name="make_folds",
        ),
        node(
            nodes.search,
            inputs={**data, **tuning},
            outputs="tuning_trials",
            name="search",
        ),
        node(
            choice_nodes.confirm,
            inputs={**data, "trials": "tuning_trials", **tuning},
            outputs=["tuning_confirmation", "tuned_recipe"],
            name="confirm",
        ),
        node(
            choice_nodes.rank_parameters,
            inputs=["tuning_trials", "params:tuning"],
            outputs="tuning_importances",
            name="rank_parameters",
        ),
    ]


def _drawing(tuning: dict[str, str]) -> list[Node]:
    tables = {
        "trials": "tuning_trials",
        "tuned_recipe": "tuned_recipe",
        "image_info": "image_info",
        **tuning,
    }
    return [
        node(
            figure_nodes.plot_history,
            inputs=tables,
            outputs="tuning_history",
            name="plot_history",
        ),
        node(
            figure_nodes.plot_importances,
            inputs={"importances": "tuning_importances", **tables},
            outputs="tuning_importance_bars",
            name="plot_importances",
        ),
        node(
            figure_nodes.plot_slices,
            inputs=tables,
            outputs="tuning_slices",
            name="plot_slices",
        ),
    ]


def _judging(tuning: dict[str, str]) -> list[Node]:
    """The judgement, which is the only node that gets test images."""
    return [
        node(
            choice_nodes.judge,
            inputs={
                "train_images": "train_images",
                "validation_images": "validation_images",
                "noisy_validation_images": "noisy_validation_images",
                "test_images": "test_images",
                "noisy_test_images": "noisy_test_images",
                "originals": "raw_test_images",
                "noise_spec": "noise_spec",
                "clean_spec": "clean_spec",
                "studies": "tuning_studies",
                "tuned_recipe": "tuned_recipe",
                **tuning,
            },
            outputs="tuning_judgement",
            name="judge",
        ),
        node(
            report.summarize,
            inputs={
                "trials": "tuning_trials",
                "tuned_recipe": "tuned_recipe",
                "judgement": "tuning_judgement",
                "importances": "tuning_importances",
                "image_info": "image_info",
                **tuning,
            },
            outputs="tuning_report",
            name="summarize",
        ),
    ]
