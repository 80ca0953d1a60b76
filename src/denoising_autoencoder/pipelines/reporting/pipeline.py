"""metrics, losses, comparison with the course report, architectures, figures."""

from __future__ import annotations

from collections.abc import Iterable

from kedro.pipeline import Pipeline, node
from kedro.pipeline.node import Node

from denoising_autoencoder.pipelines.lanes import LANES, Lane
from denoising_autoencoder.pipelines.reporting import nodes


def create_pipeline(lanes: Iterable[Lane] = LANES) -> Pipeline:
    """The pipeline that reads what the lanes left and sums it up."""
    lanes = tuple(lanes)
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
            nodes.plot_loss_curves,
            inputs={
                "metrics": "metrics",
                **_by_lane(lanes, "history"),
                **{f"{one.name}_title": f"params:{one.name}.title" for one in lanes},
            },
            outputs="loss_curves",
            name="plot_loss_curves",
        ),
    ]
    return Pipeline(
        [*tables, *(_examples(lane) for lane in lanes)],
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


def _examples(lane: Lane) -> Node:
    if lane.noisy:
        return node(
            nodes.plot_denoised,
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
        nodes.plot_reconstructions,
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
