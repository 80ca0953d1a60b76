"""Parameters, versions, software, hardware and the time of each training."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from denoising_autoencoder.page import Section, Table
from denoising_autoencoder.pipelines.reporting.results import Results

_SHORT_HASH = 12
"""Digits of a SHA-256 that are enough for a person."""


def section(results: Results) -> Section:
    """What the page was made from, and how."""
    facts = results.datasets["provenance"]
    artifacts = sorted(facts["artifacts"], key=lambda artifact: artifact["dataset"])
    seconds = [
        [lane["title"], f"{lane['timing']['seconds'].iloc[-1]:,.1f}"]
        for lane in results.lanes.values()
    ]
    versions = [
        [
            artifact["dataset"],
            artifact["version"],
            artifact["sha256"][:_SHORT_HASH],
            artifact["node"],
        ]
        for artifact in artifacts
    ]
    parameters = {
        artifact["node"]: artifact["parameters"]
        for artifact in artifacts
        if artifact["parameters"]
    }
    return Section(
        "provenance",
        "Parameters, versions, hardware",
        tables=[
            Table("Training", ["model", "seconds"], seconds),
            _facts("Hardware on which this page was written", facts["hardware"]),
            _facts("Software with which this page was written", facts["software"]),
            Table(
                "What this page was made from, and by which node each was made",
                ["dataset", "version", "SHA-256", "made by"],
                versions,
                names=4,
            ),
        ],
        code={
            "Parameters, by the node that read them": yaml.safe_dump(
                parameters, allow_unicode=True
            )
        },
    )


def _facts(caption: str, values: Mapping[str, str]) -> Table:
    rows = [[name, value] for name, value in values.items()]
    return Table(caption, ["what", "which"], rows, names=2)
