"""How to go on with a run that did not get to its end."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.hooks.preflight import parameters_with_effect

_LISTS = {
    "pipeline_names": "--pipelines",
    "tags": "--tags",
    "node_names": "--nodes",
    "to_nodes": "--to-nodes",
    "from_inputs": "--from-inputs",
    "to_outputs": "--to-outputs",
    "namespaces": "--namespaces",
}
"""Filters of `session.run` and their flags; what they leave is what is to be run."""


class ResumeHooks:
    """Watches one run; a session registers one of its own."""

    def __init__(self) -> None:
        self._run: tuple[dict[str, Any], Pipeline, DataCatalog] | None = None

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Take note of what is to be run."""
        self._run = run_params, pipeline, catalog

    def command(self, program: str, conf_source: str | None) -> str | None:
        """The command that runs what this run has not finished.

        Kedro's own hint would have the user repeat overrides of parameters that the
        rest of the run does not read, which is refused.

        Args:
            program: How Kedro is called.
            conf_source: The folder of the configuration, if it is not the project's.

        Returns:
            None if no node has finished: the same command starts again.
        """
        if self._run is None:
            return None
        run_params, pipeline, catalog = self._run
        done = {node for node in pipeline.nodes if _is_saved(node, catalog)}
        if not done:
            return None
        todo = [node for node in pipeline.nodes if node not in done]
        next_nodes = [
            node.name for node in todo if pipeline.node_dependencies[node] <= done
        ]
        rest = pipeline.filter(node_names=[node.name for node in todo])
        words = [program, "run"]
        for name, flag in _LISTS.items():
            if run_params[name]:
                words.append(f"{flag}={','.join(run_params[name])}")
        words.append(f"--from-nodes={','.join(next_nodes)}")
        words += _flags(run_params, rest)
        if conf_source:
            words.append(f"--conf-source={conf_source}")
        return shlex.join(words)


def _flags(run_params: dict[str, Any], rest: Pipeline) -> Iterator[str]:
    if run_params["env"] != "local":
        yield f"--env={run_params['env']}"
    if "ThreadRunner" in run_params["runner"]:
        yield "--runner=ThreadRunner"
    pins = [
        f"{name}:{version}"
        for name, version in (run_params["load_versions"] or {}).items()
        if name in rest.inputs()
    ]
    if pins:
        yield f"--load-versions={','.join(pins)}"
    overrides = [
        f"{name}={_word(value)}"
        for name, value in parameters_with_effect(run_params["runtime_params"], rest)
    ]
    if overrides:
        yield f"--params={','.join(overrides)}"
    if run_params["only_missing_outputs"]:
        yield "--only-missing-outputs"


def _word(value: Any) -> str:
    """A value as `--params` reads it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_saved(node: Node, catalog: DataCatalog) -> bool:
    datasets = [catalog.get(output) for output in node.outputs]
    return all(
        isinstance(dataset, AtomicDataset) and dataset.saved_version is not None
        for dataset in datasets
    )
