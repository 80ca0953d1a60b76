"""tune, learn_wiener -> denoise -> score, measure_speed -> compare -> figures."""

from __future__ import annotations

from collections.abc import Iterable

from kedro.pipeline import Pipeline, node
from kedro.pipeline.node import Node

from denoising_autoencoder.lanes import Lane
from denoising_autoencoder.pipelines.baselines import figure_nodes, judging_nodes, nodes


def create_pipeline(lanes: Iterable[Lane]) -> Pipeline:
    """The pipeline that compares classical filters with the networks.

    Args:
        lanes: Lanes of the networks; those with clean inputs are left out.
    """
    names = [lane.name for lane in lanes if lane.noisy]
    models = {name: f"{name}_model" for name in names}
    titles = {name: f"params:{name}.title" for name in names}
    return Pipeline(
        [*_denoising(models), *_judging(models), *_drawing(titles)],
        namespace="baselines",
        prefix_datasets_with_namespace=False,
        tags="baselines",
    )


def _denoising(models: dict[str, str]) -> list[Node]:
    return [
        node(
            nodes.tune_filters,
            inputs=[
                "validation_images",
                "noisy_validation_images",
                "image_info",
                "noise_spec",
                "params:baselines.methods",
                "params:baselines.tuning_images",
                "params:baselines.processes",
            ],
            outputs="baseline_tuning",
            name="tune",
        ),
        node(
            nodes.learn_wiener,
            inputs=[
                "train_images",
                "noise_spec",
                "params:baselines.wiener_side",
                "params:baselines.processes",
            ],
            outputs="baseline_wiener",
            name="learn_wiener",
        ),
        node(
            nodes.denoise_images,
            inputs={
                "noisy_images": "noisy_test_images",
                "noise_spec": "noise_spec",
                "tuning": "baseline_tuning",
                "wiener": "baseline_wiener",
                "count": "params:baselines.test_images",
                "processes": "params:baselines.processes",
                "self_ensemble": "params:baselines.self_ensemble",
                **models,
            },
            outputs="baseline_images",
            name="denoise",
        ),
    ]


def _judging(models: dict[str, str]) -> list[Node]:
    return [
        node(
            judging_nodes.score_methods,
            inputs=["baseline_images", "raw_test_images", "test_photographs"],
            outputs="baseline_scores",
            name="score",
        ),
        node(
            judging_nodes.measure_speed,
            inputs={
                "noisy_images": "noisy_test_images",
                "noise_spec": "noise_spec",
                "tuning": "baseline_tuning",
                "wiener": "baseline_wiener",
                "count": "params:baselines.timing_images",
                "seconds": "params:baselines.timing_seconds",
                "self_ensemble": "params:baselines.self_ensemble",
                **models,
            },
            outputs="baseline_timing",
            name="measure_speed",
        ),
        node(
            judging_nodes.compare_methods,
            inputs={
                "scores": "baseline_scores",
                "timing": "baseline_timing",
                "tuning": "baseline_tuning",
                "wiener_side": "params:baselines.wiener_side",
                "image_info": "image_info",
                "noise_spec": "noise_spec",
                **models,
            },
            outputs="baselines",
            name="compare",
        ),
        node(
            judging_nodes.compare_pairs,
            inputs=["baseline_scores", "image_info", "noise_spec"],
            outputs="baselines_pairs",
            name="compare_pairs",
        ),
    ]


def _drawing(titles: dict[str, str]) -> list[Node]:
    judged = {
        "images": "baseline_images",
        "originals": "raw_test_images",
        "scores": "baseline_scores",
        "table": "baselines",
    }
    return [
        node(
            figure_nodes.plot_example,
            inputs={**judged, "example": "params:baselines.example", **titles},
            outputs="baselines_example",
            name="plot_example",
        ),
        node(
            figure_nodes.plot_best,
            inputs={**judged, "examples": "params:reporting.examples", **titles},
            outputs="baselines_best",
            name="plot_best",
        ),
        node(
            figure_nodes.plot_speed,
            inputs={"table": "baselines", **titles},
            outputs="baselines_speed",
            name="plot_speed",
        ),
    ]
