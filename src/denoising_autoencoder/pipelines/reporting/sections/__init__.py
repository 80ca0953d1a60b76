"""The sections of the page, one module each.

Each has a function `section`, which turns the results of a run into text, tables and
images. The page adds the figures of `figure_list`, and leaves out what stays empty.
"""

from denoising_autoencoder.pipelines.reporting.sections import (
    course_report,
    data,
    denoising,
    first_layers,
    losses,
    metrics,
    networks,
    provenance,
    reconstructions,
    tuning,
)

SECTIONS = (
    data.section,
    networks.section,
    losses.section,
    reconstructions.section,
    denoising.section,
    metrics.section,
    course_report.section,
    first_layers.section,
    tuning.section,
    provenance.section,
)
"""The sections in their order on the page."""
