"""The figures of the codes: how each is drawn, and what the page says about it."""

from __future__ import annotations

from denoising_autoencoder.pipelines.codes import figure_nodes
from denoising_autoencoder.pipelines.reporting.figure_list import PageFigure

SHOWN = "code_128"
"""The lane whose codes are looked into."""

NEEDS_EXTRA = frozenset({"code_map_figure"})
"""Figures that scikit-learn is needed for."""

_INFO = {"image_info": "image_info"}
_TEST = {"originals": "raw_test_images", **_INFO}
_CODES = {**_INFO, "test_codes": f"{SHOWN}_codes"}

FIGURES = (
    PageFigure(
        node="plot_code_sizes",
        dataset="code_sizes_figure",
        draw=figure_nodes.plot_code_sizes,
        inputs={"scores": "code_scores", **_INFO},
        lanes="clean",
        fields=(),
        section="scores",
        alt="Left: mean PSNR of the autoencoder and of PCA against the size of the "
        "code. Right: the difference of the two at each size, with its 95 % interval.",
        caption="Clean inputs. Right: the mean difference on the same images, with its "
        "95 % interval.",
    ),
    PageFigure(
        node="plot_code_examples",
        dataset="code_examples_figure",
        draw=figure_nodes.plot_code_examples,
        inputs={
            **_TEST,
            "pca_scores": "code_pca_scores",
            "code_pca": "code_pca",
            "parameters": "params:reporting",
        },
        lanes="clean",
        fields=("inputs", "outputs", "codes", "scores"),
        section="examples",
        alt="The first test images, and below them what PCA and the autoencoder make "
        "of them with each size of the code.",
        caption="The PSNR is below each image.",
    ),
    PageFigure(
        node="plot_neighbours",
        dataset="code_neighbours_figure",
        draw=figure_nodes.plot_neighbours,
        inputs={
            **_TEST,
            **_CODES,
            "test_images": "test_images",
            "test_labels": "test_labels",
            "train_images": "train_images",
            "train_codes": f"{SHOWN}_train_codes",
            "train_labels": "train_labels",
            "train_indices": "train_indices",
        },
        lanes="clean",
        fields=(),
        section="inside",
        alt="The first test images, each with the training images that are nearest to "
        "it by the code and by the pixels.",
        caption="Neighbours: the Euclidean distance of the codes beside that of the "
        "pixels.",
    ),
    PageFigure(
        node="plot_blends",
        dataset="code_blends_figure",
        draw=figure_nodes.plot_blends,
        inputs={
            **_CODES,
            "model": f"{SHOWN}_model",
            "test_images": "test_images",
            "device": f"params:{SHOWN}.device",
            "precision": f"params:{SHOWN}.precision",
        },
        lanes="clean",
        fields=(),
        section="inside",
        alt="Up to three pairs of test images, each with two rows of images from one "
        "to the other: by their codes and by their pixels.",
        caption="Equal steps from one image to another: decoded from the codes in "
        "between, and as the mean of the pixels.",
    ),
    PageFigure(
        node="plot_code_map",
        dataset="code_map_figure",
        draw=figure_nodes.plot_code_map,
        inputs={**_TEST, **_CODES, "seed": "params:seed"},
        lanes="clean",
        fields=(),
        section="inside",
        alt="Two maps of the test images by their codes: the two main directions of "
        "PCA, and t-SNE.",
        caption="Each image stands where its code is. Where many codes are, only one "
        "image of a square is shown.",
    ),
)
"""All figures of the page. Within a section they are shown in this order."""
