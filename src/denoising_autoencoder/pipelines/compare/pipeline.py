"""scores_a, scores_b -> parameters and scores."""

from __future__ import annotations

from kedro.pipeline import Pipeline, node

from denoising_autoencoder.pipelines.compare import nodes

_RUNS = ["scores_a", "scores_b"]


def create_pipeline() -> Pipeline:
    """The pipeline that compares two runs."""
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
        ],
        namespace="compare",
        prefix_datasets_with_namespace=False,
    )
