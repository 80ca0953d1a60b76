"""scores_a, scores_b -> parameters, scores, curves, images."""

from __future__ import annotations

from kedro.pipeline import Pipeline, node

from denoising_autoencoder.pipelines.compare import nodes

_RUNS = ["scores_a", "scores_b"]


def create_pipeline() -> Pipeline:
    """The pipeline that sets two runs side by side."""
    return Pipeline(
        [
            node(
                nodes.compare_parameters,
                inputs=_RUNS,
                outputs="compared_parameters",
                name="compare_parameters",
            ),
            node(
                nodes.compare_scores,
                inputs=_RUNS,
                outputs="compared_scores",
                name="compare_scores",
            ),
            node(
                nodes.plot_compared_curves,
                inputs=_RUNS,
                outputs="compared_curves",
                name="plot_curves",
            ),
            node(
                nodes.plot_compared_images,
                inputs=[*_RUNS, "params:reporting"],
                outputs="compared_images",
                name="plot_images",
            ),
        ],
        namespace="compare",
        prefix_datasets_with_namespace=False,
    )
