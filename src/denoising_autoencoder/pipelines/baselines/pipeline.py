"""tune -> denoise -> score, measure_speed -> compare -> figures."""

from __future__ import annotations

from collections.abc import Iterable

from kedro.pipeline import Pipeline, node

from denoising_autoencoder.pipelines.baselines import nodes
from denoising_autoencoder.pipelines.lanes import LANES, Lane


def create_pipeline(lanes: Iterable[Lane] = LANES) -> Pipeline:
    """The pipeline that judges classical filters, and the noisy lanes beside them.

    Args:
        lanes: Those of clean inputs are passed over: there is no noise to remove.
    """
    models = {lane.name: f"{lane.name}_model" for lane in lanes if lane.noisy}
    return Pipeline(
        [
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
                nodes.denoise_images,
                inputs={
                    "noisy_images": "noisy_test_images",
                    "noise_spec": "noise_spec",
                    "tuning": "baseline_tuning",
                    "count": "params:baselines.test_images",
                    "processes": "params:baselines.processes",
                    **models,
                },
                outputs="baseline_images",
                name="denoise",
            ),
            node(
                nodes.score_methods,
                inputs=["baseline_images", "raw_test_images", "test_photographs"],
                outputs="baseline_scores",
                name="score",
            ),
            node(
                nodes.measure_speed,
                inputs={
                    "noisy_images": "noisy_test_images",
                    "noise_spec": "noise_spec",
                    "tuning": "baseline_tuning",
                    "count": "params:baselines.timing_images",
                    "seconds": "params:baselines.timing_seconds",
                    **models,
                },
                outputs="baseline_timing",
                name="measure_speed",
            ),
            node(
                nodes.compare_methods,
                inputs={
                    "scores": "baseline_scores",
                    "timing": "baseline_timing",
                    "tuning": "baseline_tuning",
                    "image_info": "image_info",
                    "noise_spec": "noise_spec",
                    **models,
                },
                outputs="baselines",
                name="compare",
            ),
            node(
                nodes.plot_example,
                inputs=[
                    "baseline_images",
                    "raw_test_images",
                    "baseline_scores",
                    "baselines",
                    "params:baselines.example",
                ],
                outputs="baselines_example",
                name="plot_example",
            ),
            node(
                nodes.plot_speed,
                inputs="baselines",
                outputs="baselines_speed",
                name="plot_speed",
            ),
        ],
        namespace="baselines",
        prefix_datasets_with_namespace=False,
        tags="baselines",
    )
