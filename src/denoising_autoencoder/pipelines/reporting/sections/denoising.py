"""The outputs of the denoisers for noisy images."""

from __future__ import annotations

from denoising_autoencoder.evaluation.exact import shown_psnr
from denoising_autoencoder.images import unnormalize
from denoising_autoencoder.page import Comparison, Section
from denoising_autoencoder.pipelines.reporting.results import Results

_COMPARED = 6
"""Number of test images with a slider."""


def section(results: Results) -> Section:
    """The noise, and the first test images before and after the best denoiser."""
    if not results.titles("noisy"):
        return Section("denoising", "Denoising")
    return Section(
        "denoising",
        "Denoising",
        [f"{results.noise}."],
        comparisons=_comparisons(results),
    )


def _comparisons(results: Results) -> list[Comparison]:
    from denoising_autoencoder.figures import decibels, image_as_png

    best = results.lanes[results.best()]
    noisy_images = unnormalize(results.datasets["noisy_test_images"][:_COMPARED])
    noisy_psnr = shown_psnr(results.datasets["noisy_input_scores"])
    psnr = shown_psnr(best["scores"])
    return [
        Comparison(
            f"Test image {index + 1}",
            image_as_png(noisy),
            image_as_png(best["outputs"][index]),
            f"noisy, {decibels(noisy_psnr[index])}",
            f"{best['title']}, {decibels(psnr[index])}",
        )
        for index, noisy in enumerate(noisy_images)
    ]
