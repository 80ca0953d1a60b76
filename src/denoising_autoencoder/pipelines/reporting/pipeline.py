"""metrics, losses, comparison with the course report, architectures, figures."""

from __future__ import annotations

from collections.abc import Iterable

from kedro.pipeline import Pipeline, node
from kedro.pipeline.node import Node

from denoising_autoencoder.lanes import Lane
from denoising_autoencoder.pipelines.reporting import figure_nodes, nodes, page_nodes


def create_pipeline(lanes: Iterable[Lane]) -> Pipeline:
    """The pipeline that reads what the lanes left and sums it up."""
    lanes = tuple(lanes)
    denoisers = [lane for lane in lanes if lane.noisy]
    tables = [
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
            nodes.compare_models,
            inputs={
                "image_info": "image_info",
                "noise_spec": "noise_spec",
                **_by_lane(lanes, "scores", noisy=False),
                "noisy_input": "noisy_input_scores",
                **_by_lane(lanes, "scores", noisy=True),
            },
            outputs="metrics",
            name="compare_models",
        ),
        node(
            nodes.summarize_losses,
            inputs={"metrics": "metrics", **_by_lane(lanes, "history")},
            outputs="losses",
            name="summarize_losses",
        ),
        node(
            nodes.compare_with_course_report,
            inputs=["metrics", "losses", "noise_spec"],
            outputs="course_report_comparison",
            name="compare_with_course_report",
        ),
        node(
            nodes.summarize_architectures,
            inputs={"images": "raw_test_images", **_by_lane(lanes, "model")},
            outputs="architectures",
            name="summarize_architectures",
        ),
        node(
            nodes.score_by_sigma,
            inputs={
                "originals": "raw_test_images",
                "noise_spec": "noise_spec",
                "parameters": "params:reporting",
                **_of_each(denoisers, "model", "{}_model"),
                **_of_each(denoisers, "device", "params:{}.device"),
                **_of_each(denoisers, "precision", "params:{}.precision"),
            },
            outputs="sigma_scores",
            name="score_by_sigma",
        ),
    ]
    pictures = [
        node(
            figure_nodes.plot_loss_curves,
            inputs={
                "metrics": "metrics",
                **_of_each(lanes, "history", "{}_history"),
                **_of_each(lanes, "title", "params:{}.title"),
            },
            outputs="loss_curves",
            name="plot_loss_curves",
        ),
        node(
            figure_nodes.plot_error_maps,
            inputs={
                "originals": "raw_test_images",
                "noisy_images": "noisy_test_images",
                "noisy_scores": "noisy_input_scores",
                "image_info": "image_info",
                "noise_spec": "noise_spec",
                "parameters": "params:reporting",
                **_of_each(denoisers, "images", "{}_reconstructions"),
                **_of_each(denoisers, "scores", "{}_scores"),
                **_of_each(denoisers, "title", "params:{}.title"),
            },
            outputs="error_maps",
            name="plot_error_maps",
        ),
        node(
            figure_nodes.plot_psnr_by_sigma,
            inputs={
                "scores": "sigma_scores",
                "image_info": "image_info",
                "noise_spec": "noise_spec",
                **_of_each(denoisers, "title", "params:{}.title"),
            },
            outputs="psnr_by_sigma",
            name="plot_psnr_by_sigma",
        ),
        _extremes(denoisers[-1]),
        *(_examples(lane) for lane in lanes),
    ]
    return Pipeline(
        [*tables, *pictures, _page(lanes)],
        namespace="reporting",
        prefix_datasets_with_namespace=False,
        tags="reporting",
    )


def _by_lane(
    lanes: Iterable[Lane], kind: str, noisy: bool | None = None
) -> dict[str, str]:
    """A dataset of each lane, by the lane's name; all lanes, or those of one input."""
    return {
        lane.name: f"{lane.name}_{kind}"
        for lane in lanes
        if noisy is None or lane.noisy == noisy
    }


def _of_each(lanes: Iterable[Lane], kind: str, dataset: str) -> dict[str, str]:
    """A dataset of each lane, by the keyword `<lane>_<kind>`."""
    return {f"{lane.name}_{kind}": dataset.format(lane.name) for lane in lanes}


def _page(lanes: Iterable[Lane]) -> Node:
    lanes = tuple(lanes)
    denoisers = [lane for lane in lanes if lane.noisy]
    return node(
        page_nodes.write_page,
        inputs={
            "image_info": "image_info",
            "noise_spec": "noise_spec",
            "train_indices": "train_indices",
            "validation_indices": "validation_indices",
            "originals": "raw_test_images",
            "noisy_images": "noisy_test_images",
            "noisy_scores": "noisy_input_scores",
            "metrics": "metrics",
            "losses": "losses",
            "comparison": "course_report_comparison",
            "architectures": "architectures",
            "loss_curves": "loss_curves",
            "error_maps": "error_maps",
            "extremes": "extremes",
            "psnr_by_sigma": "psnr_by_sigma",
            "provenance": "provenance",
            **_of_each(lanes, "title", "params:{}.title"),
            **_of_each(lanes, "examples", "{}_examples"),
            **_of_each(lanes, "timing", "{}_timing"),
            **_of_each(lanes, "model", "{}_model"),
            **_of_each(denoisers, "scores", "{}_scores"),
            **_of_each(denoisers, "images", "{}_reconstructions"),
        },
        outputs="report_page",
        name="write_page",
    )


def _extremes(lane: Lane) -> Node:
    """Of the last of the denoisers, which has the most parameters."""
    return node(
        figure_nodes.plot_extremes,
        inputs=[
            "raw_test_images",
            "noisy_test_images",
            f"{lane.name}_reconstructions",
            "noisy_input_scores",
            f"{lane.name}_scores",
            "image_info",
            "noise_spec",
            f"params:{lane.name}.title",
        ],
        outputs="extremes",
        name="plot_extremes",
    )


def _examples(lane: Lane) -> Node:
    if lane.noisy:
        return node(
            figure_nodes.plot_denoised,
            inputs=[
                "raw_test_images",
                "noisy_test_images",
                f"{lane.name}_reconstructions",
                "noisy_input_scores",
                f"{lane.name}_scores",
                "image_info",
                "noise_spec",
                f"params:{lane.name}.title",
                "params:reporting",
            ],
            outputs=f"{lane.name}_examples",
            name=f"plot_{lane.name}",
        )
    return node(
        figure_nodes.plot_reconstructions,
        inputs=[
            "raw_test_images",
            f"{lane.name}_reconstructions",
            f"{lane.name}_scores",
            "image_info",
            f"params:{lane.name}.title",
            "params:reporting",
        ],
        outputs=f"{lane.name}_examples",
        name=f"plot_{lane.name}",
    )
