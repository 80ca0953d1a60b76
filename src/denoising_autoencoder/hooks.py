"""What happens around a run: checks before any work, and the summary at its end."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import AbstractVersionedDataset, DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from denoising_autoencoder.errors import ParameterError, ProjectError
from denoising_autoencoder.summary import print_summary

logger = logging.getLogger(__name__)

_PARAMETER = "params:"
_OF_THE_CATALOG = {"data_root"}
"""Runtime parameters that no node reads: the catalog's paths do."""

_FEW = 3
"""Datasets up to which a sentence names them all."""


class PreflightHooks:
    """Refuses a run that could not end well, before its first node."""

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Check the parameters and the versions that the command line names.

        Raises:
            ParameterError: A parameter is overridden that no node of the run reads.
            ProjectError: A dataset that the run reads was never saved.
        """
        refuse_parameters_without_effect(run_params["runtime_params"], pipeline)
        # What --only-missing-outputs will run is known to the runner alone.
        if not run_params["only_missing_outputs"]:
            load_versions = run_params["load_versions"] or {}
            refuse_missing_inputs(pipeline, catalog, load_versions)


class SummaryHooks:
    """Times the nodes and prints what the run found."""

    def __init__(self) -> None:
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
        print_summary(outputs, catalog, self._seconds)


def refuse_parameters_without_effect(
    overridden: dict[str, Any] | None, pipeline: Pipeline
) -> None:
    """Refuse an override that this run would ignore.

    A new noise for a run that does not draw the noise would change titles at best; the
    user means something else.

    Args:
        overridden: Parameters given at run time, nested.
        pipeline: What is to run.

    Raises:
        ParameterError: No node reads one of them.
    """
    read = {
        name.removeprefix(_PARAMETER)
        for name in pipeline.inputs()
        if name.startswith(_PARAMETER)
    }
    for name in _leaves(overridden or {}):
        if name in _OF_THE_CATALOG:
            continue
        if not any(f"{name}.".startswith(f"{block}.") for block in read):
            raise ParameterError(
                f"The parameter {name} has no effect in this run, since none of its "
                f"nodes reads it: leave it out, or run{_readers(name)} too."
            )


def refuse_missing_inputs(
    pipeline: Pipeline, catalog: DataCatalog, load_versions: dict[str, str]
) -> None:
    """Refuse a run that needs what was never saved.

    Args:
        pipeline: What is to run.
        catalog: Where its inputs are looked for.
        load_versions: Versions that the user asks for, by dataset.

    Raises:
        ProjectError: With the command that makes what is missing.
    """
    inputs = (name for name in pipeline.inputs() if not name.startswith(_PARAMETER))
    missing = sorted(name for name in inputs if not catalog.exists(name))
    for name in missing:
        dataset = catalog[name]
        if name in load_versions and isinstance(dataset, AbstractVersionedDataset):
            known = ", ".join(dataset.list_versions(full_path=False)) or "none"
            raise ProjectError(
                f"There is no version {load_versions[name]} of {name}; "
                f"there are: {known}."
            )
    if missing:
        few = len(missing) <= _FEW
        names = ", ".join(missing[:_FEW]) + ("" if few else ", ...")
        command = f"kedro run --to-outputs={','.join(missing)}" if few else "kedro run"
        raise ProjectError(
            f"This run reads what no run has saved yet ({names}): "
            f"make it first with `{command}`."
        )


def _leaves(parameters: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in parameters.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def _readers(name: str) -> str:
    """The node that reads a parameter, as words."""
    for node in pipelines["__default__"].nodes:
        for source in node.inputs:
            block = source.removeprefix(_PARAMETER)
            if source != block and f"{name}.".startswith(f"{block}."):
                return f" {node.name}"
    return " what reads it"
