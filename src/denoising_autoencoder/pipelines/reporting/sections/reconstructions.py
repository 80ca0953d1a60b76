"""The outputs of the networks for clean images."""

from __future__ import annotations

from denoising_autoencoder.page import Section
from denoising_autoencoder.pipelines.reporting.results import Results


def section(results: Results) -> Section:
    """A sentence; the images are figures."""
    text = "Clean test images, and the outputs of networks that saw no noise."
    return Section(
        "reconstructions", "Reconstructions", [text] if results.titles("clean") else []
    )
