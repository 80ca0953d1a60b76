"""What stands in each section of a run's page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import pandas as pd
import yaml

from denoising_autoencoder.evaluation.paired import CONFIDENCE, paired_difference
from denoising_autoencoder.images import Float16Images, UInt8Images, unnormalize
from denoising_autoencoder.page import Comparison, Picture, Section, Table

Titles = Mapping[str, str]
"""Of models, by name."""

NOISY = "noisy_input"

_COMPARED = 6
"""Test images with a slider."""

_COLORS = 3

_SHORT_HASH = 12
"""Digits of a SHA-256 that tell contents apart for a person."""


@dataclass(frozen=True)
class Denoised:
    """What the denoisers made of the noisy test images.

    Attributes:
        originals: uint8, NHWC.
        noisy: In [-1, 1], NHWC.
        noisy_scores: Of each noisy image.
        lanes: `<lane>_images`, `<lane>_scores`, `<lane>_examples` of each.
        titles: Of the denoisers.
        best: The one with the highest mean PSNR.
        noise: In words.
        images: Their name.
    """

    originals: UInt8Images
    noisy: Float16Images
    noisy_scores: pd.DataFrame
    lanes: Mapping[str, Any]
    titles: Titles
    best: str
    noise: str
    images: str

    def psnr(self) -> dict[str, pd.Series]:
        """Of each image: the untouched input's, and each denoiser's, by title."""
        made = {
            title: self.lanes[f"{name}_scores"]["psnr"]
            for name, title in self.titles.items()
        }
        return {"untouched input": self.noisy_scores["psnr"], **made}


def lead(metrics: pd.DataFrame, best: str, title: str, count: int) -> str:
    """The first paragraph: what came of it."""
    table = metrics.set_index("model")
    made, untouched = float(table["psnr"][best]), float(table["psnr"][NOISY])
    gain = made - untouched
    return (
        f"{table['noise'][best]}; {count:,} test images. {title} gives {made:.2f} "
        f"dB, {abs(gain):.2f} dB {'more' if gain >= 0 else 'less'} than the untouched "
        f"input with {untouched:.2f} dB."
    )


def data(
    name: str, noise: str, counts: tuple[int, int, int], sides: tuple[int, ...]
) -> Section:
    """Which images, how many for what, and with which noise."""
    train, validation, test = counts
    images = (
        f"{name}: {train:,} images for training, {validation:,} for validation, "
        f"{test:,} for test, of {sides[1]}x{sides[0]} pixels and three colours, mapped "
        "to [-1, 1]."
    )
    noisy = (
        f"{noise}. Validation and test images carry the same noise for every model; "
        "training images get new noise each time."
    )
    return Section("data", "Data", [images, noisy])


def networks(architectures: pd.DataFrame, titles: Titles) -> Section:
    """Each network, layer by layer."""
    tables = []
    for name, table in architectures.groupby("model", sort=False):
        rows = [
            [
                str(row["layer"]),
                str(row["operation"]),
                str(row["output"]),
                f"{row['parameters']:,}",
                f"{row['macs']:,}",
                f"{row['receptive_field']:g}",
            ]
            for _, row in table.iterrows()
        ]
        caption = (
            f"{titles[str(name)]}: {table['parameters'].sum():,} parameters, "
            f"{table['macs'].sum() / 1e6:,.1f} million multiply-accumulates an image"
        )
        columns = ["layer", "operation", "output", "parameters", "MACs", "field, px"]
        tables.append(Table(caption, columns, rows, names=3))
    return Section("networks", "Networks", tables=tables)


def losses(table: pd.DataFrame, curves: bytes, titles: Titles, images: str) -> Section:
    """The curves, and where they start and end."""
    rows = [
        [
            titles[row["model"]],
            *(f"{row[f'training_mse_{when}']:.4f}" for when in ("first", "last")),
            *(f"{row[f'validation_mse_{when}']:.4f}" for when in ("first", "last")),
            f"{row['test_mse']:.4f}",
            f"{row['gap']:+.4f}",
        ]
        for _, row in table.iterrows()
    ]
    columns = ["model", "training, first", "last", "validation, first", "last"]
    gap = "The gap is test minus last training loss: near 0 nothing was overfitted."
    return Section(
        "losses",
        "Losses",
        [gap],
        [
            Picture(
                curves,
                "Training and validation loss of each model against the step, on a "
                "logarithmic axis.",
                f"Mean squared error on the [-1, 1] scale; {images}.",
            )
        ],
        tables=[Table("Mean squared error", [*columns, "test", "gap"], rows)],
    )


def reconstructions(lanes: Mapping[str, Any], titles: Titles) -> Section:
    """What the networks make of clean images."""
    return Section(
        "reconstructions",
        "Reconstructions",
        ["Clean test images, and what comes out of a network that saw no noise."],
        [
            _examples(lanes, name, title, "reconstruction")
            for name, title in titles.items()
        ],
    )


def denoising(made: Denoised, error_maps: bytes, extremes: bytes) -> Section:
    """What the networks make of noisy images."""
    name, title = made.best, made.titles[made.best]
    last = list(made.titles.values())[-1]
    return Section(
        "denoising",
        "Denoising",
        [f"{made.noise}."],
        [
            *(
                _examples(made.lanes, one, its_title, "denoised image")
                for one, its_title in made.titles.items()
            ),
            Picture(
                error_maps,
                "The absolute error of each pixel of the first test images, untouched "
                "and from each denoiser, on one scale of colours.",
                "Where the images are wrong, on one scale for all.",
            ),
            Picture(
                extremes,
                f"The worst, the median and the best test images of {last}: original, "
                "noisy and denoised.",
                f"{last}: its worst, median and best images by PSNR.",
            ),
        ],
        [
            Comparison(
                f"Test image {index + 1}",
                unnormalize(made.noisy[index]),
                made.lanes[f"{name}_images"][index],
                f"noisy, {made.noisy_scores['psnr'][index]:.1f} dB",
                f"{title}, {made.lanes[f'{name}_scores']['psnr'][index]:.1f} dB",
            )
            for index in range(min(_COMPARED, len(made.originals)))
        ],
    )


def metrics(
    table: pd.DataFrame, titles: Titles, made: Denoised, psnr_by_sigma: bytes
) -> Section:
    """How good the images are, with intervals, and at other noise."""
    from denoising_autoencoder import figures

    histogram = figures.psnr_histogram(
        {title: psnr.to_numpy() for title, psnr in made.psnr().items()},
        f"{made.noise} · {made.images}, {len(made.originals):,} test images",
    )
    text = (
        "Means over the test images, of rounded 8-bit pixels; ± is half an interval of "
        f"{CONFIDENCE:.0%}. The untouched input is what a denoiser must beat."
    )
    return Section(
        "metrics",
        "Metrics",
        [text],
        [
            Picture(
                psnr_by_sigma,
                "Mean PSNR of each denoiser against the standard deviation of the "
                "noise, with that of the untouched input.",
                "At other noise than the one that was trained for.",
            ),
            Picture(
                figures.as_png(histogram),
                "How many test images have which PSNR: untouched, and from each "
                "denoiser.",
                "How the PSNR is spread over the test images.",
            ),
        ],
        tables=[_metrics_table(table, titles), _pairs_table(made)],
    )


def course_report(comparison: pd.DataFrame, titles: Titles) -> Section:
    """The report's figures beside the run's, or why they do not stand there."""
    note = f"{comparison['note'].iloc[0]}."
    text = [f"{note[0].upper()}{note[1:]}"]
    if comparison["report"].isna().all():
        return Section("course-report", "Beside the course report", text)
    rows = [
        [
            f"{titles[row['model']]}, {row['figure']}",
            f"{row['report']:g}",
            f"{row['this_run']:.4g}",
        ]
        for _, row in comparison.iterrows()
    ]
    table = Table("Figures", ["figure", "course report", "this run"], rows)
    return Section("course-report", "Beside the course report", text, tables=[table])


def first_layers(lanes: Mapping[str, Any], titles: Titles) -> Section:
    """The filters that see the colours."""
    from torch import nn

    from denoising_autoencoder import figures
    from denoising_autoencoder.networks.build import rebuild_network

    pictures = []
    for name, title in titles.items():
        # By the network, since weights by name are in no order.
        network = rebuild_network(lanes[f"{name}_model"])
        first = next(one for one in network.modules() if isinstance(one, nn.Conv2d))
        filters = first.weight.detach().numpy()
        if filters.shape[1] != _COLORS:  # it sees squares of pixels as one
            continue
        figure = figures.first_filters(filters, f"{title}, filters of the first layer")
        pictures.append(
            Picture(
                figures.as_png(figure),
                f"The filters of the first layer of {title} as small colour images.",
                f"{title}: grey is zero; all on one scale.",
            )
        )
    return Section("first-layers", "First layers", pictures=pictures)


def provenance(
    facts: Mapping[str, Any], lanes: Mapping[str, Any], titles: Titles
) -> Section:
    """Parameters, versions, software, hardware and seconds."""
    artifacts = sorted(facts["artifacts"], key=lambda one: one["dataset"])
    parameters = {one["node"]: one["parameters"] for one in artifacts}
    seconds = [
        [title, f"{lanes[f'{name}_timing']['seconds'].iloc[-1]:,.1f}"]
        for name, title in titles.items()
    ]
    versions = [
        [one["dataset"], one["version"], one["sha256"][:_SHORT_HASH], one["node"]]
        for one in artifacts
    ]
    return Section(
        "provenance",
        "Parameters, versions, hardware",
        tables=[
            Table("Training", ["model", "seconds"], seconds),
            _facts("Hardware on which this page was written", facts["hardware"]),
            _facts("Software with which this page was written", facts["software"]),
            Table(
                "What this page is made from, and by which node each was made",
                ["dataset", "version", "SHA-256", "made by"],
                versions,
                names=4,
            ),
        ],
        code={
            "Parameters, by the node that read them": yaml.safe_dump(
                {node: read for node, read in parameters.items() if read},
                allow_unicode=True,
            )
        },
    )


def _examples(lanes: Mapping[str, Any], name: str, title: str, what: str) -> Picture:
    return Picture(
        lanes[f"{name}_examples"],
        f"The first test images beside the {what} that {title} gives for each.",
        f"{title}; below each image its PSNR.",
    )


def _metrics_table(table: pd.DataFrame, titles: Titles) -> Table:
    names = {NOISY: "untouched input", **titles}
    rows = [
        [
            names[row["model"]],
            f"{row['noise_std']:.4g}",
            f"{row['mse']:.4f}",
            f"{row['psnr']:.2f} {_half_interval(row['psnr_se'], 2)}",
            f"{row['ssim']:.4f} {_half_interval(row['ssim_se'], 4)}",
        ]
        for _, row in table.iterrows()
    ]
    first = table.iloc[0]
    return Table(
        f"{first['images']}, {first['n_images']:,} test images; standard errors: "
        f"{first['standard_error']}",
        ["model", "noise std", "MSE", "PSNR, dB", "SSIM"],
        rows,
    )


def _half_interval(error: float, digits: int) -> str:
    if math.isnan(error):
        return ""
    half = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * error
    return f"± {half:.{digits}f}"


def _pairs_table(made: Denoised) -> Table:
    """Each denoiser minus what stands before it, image by image."""
    photographs = made.noisy_scores["photograph"].to_numpy()
    psnr = {name: one.to_numpy() for name, one in made.psnr().items()}
    names = list(psnr)
    rows = []
    for index, title in enumerate(names):
        for other in names[:index]:
            pair = paired_difference(psnr[title], psnr[other], photographs)
            rows.append(
                [
                    f"{title} minus {other}",
                    f"{pair.difference:+.2f}",
                    _interval(pair.low, pair.high),
                    _p_value(pair.p_value),
                    f"{pair.share_better:.1%}",
                ]
            )
    columns = ["PSNR", "dB", f"{CONFIDENCE:.0%} from, to", "p", "better on"]
    return Table("Paired, image by image", columns, rows)


def _interval(low: float, high: float) -> str:
    return "-" if math.isnan(low) else f"{low:.2f}, {high:.2f}"


def _p_value(value: float) -> str:
    if math.isnan(value):
        return "-"
    return "< .001" if value < 0.001 else f"{value:.3f}"


def _facts(caption: str, values: Mapping[str, str]) -> Table:
    rows = [[name, value] for name, value in values.items()]
    return Table(caption, ["what", "which"], rows, names=2)
