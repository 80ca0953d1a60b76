"""The page of a run, in the order of the course report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from denoising_autoencoder.evaluation.exact import MEASURES, ranking
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.page import Picture, Section, render_page
from denoising_autoencoder.pipelines.reporting.figure_list import FIGURES
from denoising_autoencoder.pipelines.reporting.lane_data import by_lane
from denoising_autoencoder.pipelines.reporting.results import Results
from denoising_autoencoder.pipelines.reporting.sections import SECTIONS


def write_page(
    image_info: dict[str, Any], noise_spec: dict[str, Any], **datasets: Any
) -> str:
    """Write the page of a run.

    Args:
        image_info: Name of the images.
        noise_spec: Noise of the noisy images.
        datasets: All that the page shows, by the name of the dataset: figures as PNG,
            tables, test images, and `provenance` (`software`, `hardware`, and
            `artifacts`: all that the page is made from, with version, content and
            parameters). The datasets of lanes as `lane_data` describes.

    Returns:
        HTML.
    """
    results = Results(
        images=str(image_info["name"]),
        noise=read_noise(noise_spec).describe(),
        lanes=by_lane(datasets),
        datasets=datasets,
    )
    sections = [_with_pictures(write(results), results) for write in SECTIONS]
    return render_page(
        f"Autoencoders on {results.images}",
        _lead(results),
        [section for section in sections if not section.is_empty()],
    )


def _lead(results: Results) -> str:
    """The first paragraph: the main result."""
    table = results.datasets["metrics"].set_index("model")
    best = table.loc[results.best()]
    measure = ranking(results.datasets["metrics"])
    noise = best["noise"][0].upper() + best["noise"][1:]
    text = (
        f"{noise}; {best['n_images']:,} test images. "
        f"{results.titles()[best.name]} gives {best[measure]:.2f} dB"
    )
    if measure != "psnr":
        text += f" ({MEASURES[measure]})"
    if not results.titles("noisy"):
        return f"{text}."
    untouched = float(table[measure]["noisy_input"])
    gain = round(best[measure] - untouched, 2)
    than = f"{abs(gain):.2f} dB {'more' if gain > 0 else 'less'} than"
    return (
        f"{text}, {than if gain else 'as much as'} the untouched input with "
        f"{untouched:.2f} dB."
    )


def _with_pictures(section: Section, results: Results) -> Section:
    """A section with its figures, before those that it has itself."""
    pictures = []
    for figure in FIGURES:
        titles = results.titles(figure.lanes)
        if figure.section != section.anchor or not titles:
            continue
        for lane, title in titles.items() if figure.one_for_each_lane else [("", "")]:
            words = {
                "images": results.images,
                "best": results.titles()[results.best()],
                "title": title,
            }
            pictures.append(
                Picture(
                    results.datasets[figure.dataset.format(lane=lane)],
                    figure.alt.format(**words),
                    figure.caption.format(**words),
                )
            )
    return replace(section, pictures=[*pictures, *section.pictures])
