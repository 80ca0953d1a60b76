"""The end of a run: its tables, where its pictures are, and how long its nodes took."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import fill
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.io.core import Version
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from rich.console import Console, RenderableType

from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.terminal.output import unbreakable_output

logger = logging.getLogger(__name__)

Render = Callable[[Any], RenderableType]
"""Function from a dataset to what a terminal shows."""

_READ = {"Page": ".html", "Pictures": ".png"}
"""Files that a person opens, by their suffix."""

_NO_BREAK = "\N{NO-BREAK SPACE}"

_SHORTEST = 0.05
"""Fewest seconds of a node that are printed: less would be 0.0."""


class SummaryHooks:
    """Times the nodes and prints what the run found.

    Args:
        tables: What renders a dataset that is printed, by the dataset's name, in the
            order in which they are printed.
    """

    def __init__(self, tables: Mapping[str, Render]) -> None:
        self._tables = tables
        self._started: dict[str, float] = {}
        self._seconds: dict[str, float] = {}
        self._nodes = 0

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline) -> None:
        """Forget the run before: a notebook may run several."""
        self._started.clear()
        self._seconds.clear()
        self._nodes = len(pipeline.nodes)

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Note when a node starts."""
        self._started[node.name] = time.perf_counter()

    @hook_impl
    def after_node_run(self, node: Node) -> None:
        """Say which node is done and how long it took."""
        seconds = time.perf_counter() - self._started[node.name]
        self._seconds[node.name] = seconds
        logger.info(
            "%2d/%d  %s  %.1f s", len(self._seconds), self._nodes, node.name, seconds
        )

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Print tables, pictures and times of the nodes that ran."""
        outputs = {
            output
            for node in pipeline.nodes
            if node.name in self._seconds  # not those that had their outputs already
            for output in node.outputs
        }
        if not self._seconds:
            logger.info("Nothing to do: all outputs exist.")
        with unbreakable_output():  # a script's too
            print_summary(outputs, catalog, self._seconds, self._tables)


def print_summary(
    outputs: set[str],
    catalog: DataCatalog,
    seconds: Mapping[str, float],
    tables: Mapping[str, Render],
) -> None:
    """Print what a run made.

    Args:
        outputs: Names of the datasets that the run saved.
        catalog: Holds these datasets.
        seconds: Seconds of each node, in the order in which the nodes ran.
        tables: What renders a dataset that is printed, by the dataset's name, in the
            order in which they are printed.
    """
    # Plain text: brackets and colons in a user's name for images are no markup.
    console = Console(markup=False, emoji=False, highlight=False)
    for name, render in tables.items():
        if name in outputs:
            console.print()
            console.print(render(catalog.load(name)))
    console.print()
    _print_paths(console, outputs, catalog)
    if seconds:
        _print_seconds(console, seconds)
    images = _images(outputs, catalog)
    if images:
        console.print(f"Images: {images}")


def _images(outputs: set[str], catalog: DataCatalog) -> str | None:
    """The name of the images that the outputs were made from.

    Their lineage tells it, since the newest images may be others.
    """
    if "image_info" in outputs:
        return str(catalog.load("image_info")["name"])
    info = catalog.get("image_info")
    for output in sorted(outputs):
        dataset = catalog[output]
        if isinstance(dataset, AtomicDataset) and isinstance(info, AtomicDataset):
            made_from = dataset.lineage().contents().get("image_info")
            for version in info.list_versions(full_path=False):
                if info.lineage(version).sha256 == made_from:
                    read = catalog.get("image_info", version=Version(version, None))
                    return str(read.load()["name"]) if read else None
    return None


def _print_paths(console: Console, outputs: set[str], catalog: DataCatalog) -> None:
    datasets = [catalog[name] for name in sorted(outputs)]
    paths = [one.place for one in datasets if isinstance(one, AtomicDataset)]
    for title, suffix in _READ.items():
        found = [_from_here(path) for path in paths if path.endswith(suffix)]
        if found:
            console.print(f"{title}:")
        for path in found:
            console.print(f"  {path}", soft_wrap=True)


def _from_here(place: str) -> str:
    """A shorter path; an address as it is."""
    path, here = Path(place), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else place


def _print_seconds(console: Console, seconds: Mapping[str, float]) -> None:
    """A line for each namespace, so that a lane's three nodes stand together."""
    lines: dict[str, list[str]] = {}
    for name, value in seconds.items():
        namespace, _, node = name.rpartition(".")
        if value >= _SHORTEST:
            lines.setdefault(namespace, []).append(f"{node} {value:.1f}")
    console.print(f"Seconds ({sum(seconds.values()):.1f} in all):")
    for namespace, parts in lines.items():
        # A part is not broken, and what is wrapped stands below the first.
        unbroken = ", ".join(part.replace(" ", _NO_BREAK) for part in parts)
        first = f"  {namespace}: "
        text = fill(
            unbroken,
            console.width,
            initial_indent=first,
            subsequent_indent=" " * min(len(first), console.width // 3),
            break_long_words=False,
            break_on_hyphens=False,
        )
        console.print(text.replace(_NO_BREAK, " "), soft_wrap=True)
