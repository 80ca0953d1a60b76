"""image_source -> download -> split -> normalize -> noise."""

from __future__ import annotations

from kedro.pipeline import Pipeline, node

from denoising_autoencoder.pipelines.data_engineering import nodes


def create_pipeline() -> Pipeline:
    """The pipeline that makes every array which the lanes and reporting read."""
    return Pipeline(
        [
            node(
                nodes.download_images,
                inputs=["image_source", "params:images", "params:seed"],
                outputs=[
                    "raw_train_images",
                    "raw_test_images",
                    "train_photographs",
                    "test_photographs",
                    "train_labels",
                    "test_labels",
                    "image_info",
                ],
                name="download_images",
            ),
            node(
                nodes.split_images,
                inputs=[
                    "train_photographs",
                    "image_info",
                    "params:split",
                    "params:seed",
                ],
                outputs=["train_indices", "validation_indices"],
                name="split_images",
            ),
            node(
                nodes.normalize_images,
                inputs=[
                    "raw_train_images",
                    "raw_test_images",
                    "train_indices",
                    "validation_indices",
                ],
                outputs=[
                    "train_images",
                    "validation_images",
                    "test_images",
                    "clean_spec",
                ],
                name="normalize_images",
            ),
            node(
                nodes.add_noise_to_images,
                inputs=[
                    "validation_images",
                    "test_images",
                    "params:noise",
                    "params:seed",
                ],
                outputs=["noisy_validation_images", "noisy_test_images", "noise_spec"],
                name="add_noise",
            ),
        ],
        namespace="data_engineering",
        prefix_datasets_with_namespace=False,
    )
