"""This run compared with the course report."""

from __future__ import annotations

from denoising_autoencoder.page import Section, Table
from denoising_autoencoder.pipelines.reporting.results import Results

_DATASET = "course_report_comparison"


def section(results: Results) -> Section:
    """The report's figures and the run's, or why they cannot be compared."""
    if _DATASET not in results.datasets:
        return Section("course-report", "Comparison with the course report")
    comparison = results.datasets[_DATASET]
    note = comparison["note"].iloc[0]
    titles = results.titles()
    rows = [
        [
            f"{titles[row['model']]}, {row['figure']}",
            f"{row['report']:g}",
            f"{row['this_run']:.4g}",
        ]
        for _, row in comparison.dropna(subset="report").iterrows()
    ]
    table = Table("Figures", ["figure", "course report", "this run"], rows)
    return Section(
        "course-report",
        "Comparison with the course report",
        [f"{note[0].upper()}{note[1:]}."],
        [table] if rows else [],
    )
