"""noisy_pictures, models_for_pictures -> denoised_pictures -> denoised."""

from __future__ import annotations

from kedro.pipeline import Pipeline, node

from denoising_autoencoder.pipelines.inference import nodes


def create_pipeline() -> Pipeline:
    """The pipeline that denoises pictures of the user's own."""
    return Pipeline(
        [
            node(
                nodes.denoise_pictures,
                inputs=["noisy_pictures", "models_for_pictures", "params:inference"],
                outputs="denoised_pictures",
                name="denoise_pictures",
            ),
            node(
                nodes.record_pictures,
                inputs="denoised_pictures",
                outputs="denoised",
                name="record_pictures",
            ),
        ],
        namespace="inference",
        prefix_datasets_with_namespace=False,
    )
