"""The command that resumes a run which did not finish."""

from __future__ import annotations

import logging
import os
import shlex
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from omegaconf import OmegaConf
from pluggy import PluginManager

from denoising_autoencoder.artifacts.lineage import TUNED_RECIPE
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.datasets.checkpoints import CheckpointsDataset
from denoising_autoencoder.datasets.studies import StudiesDataset
from denoising_autoencoder.hooks.overrides import parameters_with_effect
from denoising_autoencoder.hooks.shared_version import given_version
from denoising_autoencoder.hooks.tuned import recipe_version

_LISTS = {
    "pipeline_names": "--pipelines",
    "tags": "--tags",
    "node_names": "--nodes",
    "to_nodes": "--to-nodes",
    "from_inputs": "--from-inputs",
    "to_outputs": "--to-outputs",
    "namespaces": "--namespaces",
}
"""Filters of `session.run` and their flags."""

_DEFAULT_ENV = "local"

logger = logging.getLogger(__name__)


class ResumeHooks:
    """Follows one run, from which it builds the command that resumes the run."""

    def __init__(self) -> None:
        self._run: tuple[dict[str, Any], Pipeline, DataCatalog] | None = None
        self._ended = False

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Note what is to be run."""
        self._run = run_params, pipeline, catalog

    def command(
        self, program: str, conf_source: str | None, runner: Sequence[str] = ()
    ) -> str | None:
        """The command that runs what this run has not finished.

        It pins the versions of its inputs, since other runs may have saved newer ones,
        and leaves out overrides that the rest does not read, which would be refused.
        Kedro's own hint does neither.

        Args:
            program: How `kedro run` is called.
            conf_source: Folder of the configuration, if it is not the project's.
            runner: Flags of the runner, if it is not the default.

        Returns:
            None if no node has finished, if all have, if a command line cannot express
            a parameter, or if the same command resumes the run, as it does where the
            version is given.
        """
        if self._run is None:
            return None
        run_params, pipeline, catalog = self._run
        if given_version(run_params):
            return None
        done = {node for node in pipeline.nodes if _is_saved(node, catalog)}
        todo = [node for node in pipeline.nodes if node not in done]
        if not done or not todo:
            return None
        rest = pipeline.filter(node_names=[node.name for node in todo])
        words = [
            f"{flag}={','.join(run_params[name])}"
            for name, flag in _LISTS.items()
            if run_params[name]
        ]
        start = [node.name for node in todo if pipeline.node_dependencies[node] <= done]
        words.append(f"--from-nodes={','.join(start)}")
        words += _flags(run_params, conf_source, runner)
        overrides = dict(parameters_with_effect(run_params["runtime_params"], rest))
        if not all(map(_can_be_spelled, overrides, overrides.values())):
            return None
        words += _joined("--params", "=", {k: _word(v) for k, v in overrides.items()})
        words += _joined("--load-versions", ":", _versions(rest, catalog))
        return f"{program} {shlex.join(words)}"

    def has_finished(self) -> bool:
        """Whether every node has saved its outputs."""
        if self._run is None:
            return False
        _, pipeline, catalog = self._run
        return all(_is_saved(node, catalog) for node in pipeline.nodes)

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Note that Kedro has told all plugins of the end."""
        self._ended = True

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Note the same of an error."""
        self._ended = True

    def tell_plugins(self, hooks: PluginManager, interrupt: KeyboardInterrupt) -> None:
        """Tell plugins that follow the run of an interrupt, as Kedro tells of errors.

        An error of a plugin, such as a server that does not answer, is a warning: the
        user wants to leave.
        """
        if self._run is None or self._ended:
            return
        run_params, pipeline, catalog = self._run
        try:
            hooks.hook.on_pipeline_error(
                error=interrupt,
                run_params=run_params,
                pipeline=pipeline,
                catalog=catalog,
            )
        except (Exception, KeyboardInterrupt) as error:
            logger.warning("A plugin could not be told of the interrupt: %r", error)

    def stop_trainings(self) -> None:
        """Let trainings in other threads save a checkpoint, and searches end."""
        if self._run is not None:
            _, pipeline, catalog = self._run
            stop_trainings(pipeline.inputs(), catalog)


def stop_trainings(inputs: Iterable[str], catalog: DataCatalog) -> None:
    """Let trainings save a checkpoint, and searches end.

    Args:
        inputs: Names of what they read.
        catalog: Catalog that they read it from.
    """
    for name in inputs:
        dataset = catalog.get(name)
        if isinstance(dataset, CheckpointsDataset | StudiesDataset):
            dataset.load().stop()


def called_as(program: str) -> str:
    """How the user called the command `run`, to be pasted before other flags.

    Args:
        program: Path of the program.
    """
    path = Path(program)
    if path.name == "__main__.py":
        return f"python -m {path.parent.name} run"
    if path == Path(shutil.which(path.name) or ""):
        return f"{path.name} run"
    here = Path.cwd()
    return f"{path.relative_to(here) if path.is_relative_to(here) else path} run"


def _flags(
    run_params: dict[str, Any], conf_source: str | None, runner: Sequence[str]
) -> Iterator[str]:
    env = run_params["env"]  # None if none was asked for
    if env and (env != _DEFAULT_ENV or "KEDRO_ENV" in os.environ):
        yield f"--env={env}"
    yield from runner
    if run_params["only_missing_outputs"]:
        yield "--only-missing-outputs"
    if conf_source:
        yield f"--conf-source={conf_source}"


def _joined(flag: str, sign: str, values: Mapping[str, str]) -> list[str]:
    pairs = [f"{name}{sign}{value}" for name, value in values.items()]
    return [f"{flag}={','.join(pairs)}"] if pairs else []


def _versions(rest: Pipeline, catalog: DataCatalog) -> dict[str, str]:
    """The versions that the rest of the run would have read."""
    entries = {name: catalog.get(name) for name in sorted(rest.inputs())}
    versions = {
        name: dataset.path.parent.name
        for name, dataset in entries.items()
        if isinstance(dataset, AtomicDataset) and dataset.exists()
    }
    recipe = recipe_version(rest, catalog)
    return versions if recipe is None else {**versions, TUNED_RECIPE: recipe}


def _word(value: Any) -> str:
    """A value as it is written in `--params`."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _can_be_spelled(name: str, value: Any) -> bool:
    """Whether `--params` would read back the same value (not so for the text "1")."""
    word = _word(value)
    if "," in word or word != word.strip():
        return False
    read = OmegaConf.select(OmegaConf.from_dotlist([f"{name}={word}"]), name)
    return type(read) is type(value) and bool(read == value)


def _is_saved(node: Node, catalog: DataCatalog) -> bool:
    datasets = [catalog.get(output) for output in node.outputs]
    return all(
        isinstance(dataset, AtomicDataset) and dataset.saved_version is not None
        for dataset in datasets
    )
