"""The figures of a run: how each is drawn, and what the page says about it.

The pipeline makes the nodes from this list, and the page shows the figures in its
order. So a new figure needs a function that draws it and an entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kedro.pipeline import node
from kedro.pipeline.node import Node

from denoising_autoencoder.lanes import Lane
from denoising_autoencoder.pipelines.reporting import figure_nodes
from denoising_autoencoder.pipelines.reporting.lane_data import (
    Which,
    choose,
    dataset_of,
    lane_inputs,
)


@dataclass(frozen=True)
class PageFigure:
    """A figure of the page.

    If `node` and `dataset` contain "{lane}", there is one figure for each lane.

    Attributes:
        node: Name of the node that draws the figure.
        dataset: Dataset that holds it. The catalog knows every "<name>_figure".
        draw: Function of the node; returns a `matplotlib.figure.Figure`.
        inputs: Dataset of each argument of `draw`.
        lanes: Lanes that the figure shows. Without any of them it is left out.
        fields: Fields of each lane that `draw` gets too (see `lane_data`): as
            "<lane>.<field>", or as "<field>" for a figure of one lane.
        section: Anchor of the section that shows the figure.
        alt: Description for those who cannot see it.
        caption: Text below it. Here and in `alt`, "{images}" becomes the name of the
            images, "{best}" the title of the best denoiser, and "{title}" the title of
            the lane.
    """

    node: str
    dataset: str
    draw: Callable[..., Any]
    inputs: Mapping[str, str]
    lanes: Which
    fields: tuple[str, ...]
    section: str
    alt: str
    caption: str

    def nodes(self, lanes: Iterable[Lane]) -> list[Node]:
        """The nodes that draw it; none if it has nothing to show."""
        drawn = []
        for group in self.groups(lanes):
            of_lanes = lane_inputs(group, *self.fields)
            if self.one_for_each_lane:
                of_lanes = {name: dataset_of(group[0], name) for name in self.fields}
            drawn.append(
                node(
                    self.draw,
                    inputs={**self.inputs, **of_lanes},
                    outputs=self.dataset.format(lane=group[0].name),
                    name=self.node.format(lane=group[0].name),
                )
            )
        return drawn

    @property
    def one_for_each_lane(self) -> bool:
        """Whether every lane has a figure of its own."""
        return "{lane}" in self.dataset

    def groups(self, lanes: Iterable[Lane]) -> list[list[Lane]]:
        """The lanes of each figure."""
        chosen = choose(lanes, self.lanes)
        if self.one_for_each_lane:
            return [[lane] for lane in chosen]
        return [chosen] if chosen else []


_TEST = {"originals": "raw_test_images", "image_info": "image_info"}
_NOISE = {
    "noisy_scores": "noisy_input_scores",
    "image_info": "image_info",
    "noise_spec": "noise_spec",
}
_NOISY_TEST = {**_TEST, **_NOISE, "noisy_images": "noisy_test_images"}
_PARAMETERS = {"parameters": "params:reporting"}

FIGURES = (
    PageFigure(
        node="plot_loss_curves",
        dataset="loss_curves",
        draw=figure_nodes.plot_loss_curves,
        inputs={"metrics": "metrics"},
        lanes="all",
        fields=("history", "title"),
        section="losses",
        alt="Training and validation loss of each model against the step, on a "
        "logarithmic axis.",
        caption="Mean squared error on the [-1, 1] scale; {images}.",
    ),
    PageFigure(
        node="plot_{lane}",
        dataset="{lane}_examples",
        draw=figure_nodes.plot_reconstructions,
        inputs={**_TEST, **_PARAMETERS},
        lanes="clean",
        fields=("outputs", "scores", "title"),
        section="reconstructions",
        alt="The first test images, each with its reconstruction by {title}.",
        caption="{title}; the PSNR is below each image.",
    ),
    PageFigure(
        node="plot_{lane}",
        dataset="{lane}_examples",
        draw=figure_nodes.plot_denoised,
        inputs={**_NOISY_TEST, **_PARAMETERS},
        lanes="noisy",
        fields=("outputs", "scores", "title"),
        section="denoising",
        alt="The first test images: original, noisy, and denoised by {title}.",
        caption="{title}; the PSNR is below each image.",
    ),
    PageFigure(
        node="plot_error_maps",
        dataset="error_maps",
        draw=figure_nodes.plot_error_maps,
        inputs={**_NOISY_TEST, **_PARAMETERS},
        lanes="noisy",
        fields=("outputs", "scores", "title"),
        section="denoising",
        alt="The absolute error of each pixel of the first test images, untouched and "
        "from each denoiser, on one colour scale.",
        caption="Where the images are wrong, on one scale for all.",
    ),
    PageFigure(
        node="plot_extremes",
        dataset="extremes",
        draw=figure_nodes.plot_extremes,
        inputs={**_NOISY_TEST, "metrics": "metrics"},
        lanes="noisy",
        fields=("outputs", "scores", "title"),
        section="denoising",
        alt="The worst, the median and the best test images of {best}: original, noisy "
        "and denoised.",
        caption="{best}: its worst, median and best images by PSNR.",
    ),
    PageFigure(
        node="plot_psnr_by_sigma",
        dataset="psnr_by_sigma",
        draw=figure_nodes.plot_psnr_by_sigma,
        inputs={
            "scores": "sigma_scores",
            "metrics": "metrics",
            "image_info": "image_info",
            "noise_spec": "noise_spec",
        },
        lanes="noisy",
        fields=("title",),
        section="metrics",
        alt="Mean PSNR of each denoiser, and of the untouched input, against the "
        "standard deviation of the noise.",
        caption="PSNR at noise levels other than the one used for training.",
    ),
    PageFigure(
        node="plot_psnr_histogram",
        dataset="psnr_histogram_figure",
        draw=figure_nodes.plot_psnr_histogram,
        inputs=_NOISE,
        lanes="noisy",
        fields=("scores", "title"),
        section="metrics",
        alt="Histograms of the PSNR of the test images: untouched, and from each "
        "denoiser.",
        caption="How the PSNR is distributed over the test images.",
    ),
)
"""All figures of the page. Within a section they are shown in this order."""
