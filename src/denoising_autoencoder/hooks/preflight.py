"""What is refused before a run's first node, since it could not end well."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import rich
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import AbstractVersionedDataset, DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.errors import (
    MixedVersionsError,
    ParameterError,
    ProjectError,
)
from denoising_autoencoder.hooks.lineage import (
    PARAMETERS,
    artifact,
    entry,
    plain,
    remake,
)
from denoising_autoencoder.lineage import (
    Artifact,
    Clash,
    choose_versions,
    find_clash,
)
from denoising_autoencoder.parameters import TrainingParameters

logger = logging.getLogger(__name__)

_OF_THE_CATALOG = {"data_root"}
"""Runtime parameters that no node reads: the catalog's paths do."""

_FEW = 3
"""Things up to which a sentence names them all."""


class PreflightHooks:
    """Refuses a run that could not end well, before its first node."""

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Check the parameters and the versions that the run would read.

        Whatever exists is resolved to its version here, so that a run which goes on
        beside this one cannot slip its own versions in.

        Raises:
            ParameterError: A parameter is overridden that no node of the run reads.
            MixedVersionsError: What it would read does not belong together.
            ProjectError: A dataset that the run reads was never saved, or a version is
                asked for that it does not read.
        """
        load_versions = run_params["load_versions"] or {}
        refuse_parameters_without_effect(run_params["runtime_params"], pipeline)
        refuse_versions_without_effect(load_versions, pipeline)
        refuse_missing_device(pipeline, catalog)
        # What --only-missing-outputs will run is known to the runner alone.
        if run_params["only_missing_outputs"]:
            warn_of_outdated_outputs(pipeline, catalog)
        else:
            refuse_missing_inputs(pipeline, catalog, load_versions)
            refuse_mixed_versions(pipeline, catalog, load_versions)


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
    effective = dict(parameters_with_effect(overridden, pipeline))
    for name, _ in _leaves(overridden or {}):
        if name not in effective:
            raise ParameterError(
                f"The parameter {name} has no effect in this run, since none of its "
                f"nodes reads it: leave it out, or run{_readers(name)} too."
            )


def parameters_with_effect(
    overridden: dict[str, Any] | None, pipeline: Pipeline
) -> Iterator[tuple[str, Any]]:
    """The overrides that a run reads: dotted names and values."""
    read = [
        name.removeprefix(PARAMETERS)
        for name in pipeline.inputs()
        if name.startswith(PARAMETERS)
    ]
    for name, value in _leaves(overridden or {}):
        if name in _OF_THE_CATALOG or any(_within(name, block) for block in read):
            yield name, value


def refuse_versions_without_effect(
    load_versions: Mapping[str, str], pipeline: Pipeline
) -> None:
    """Refuse `--load-versions` for what the run makes itself or does not read.

    Kedro would take the old version of what it has just made, or ignore the flag.

    Raises:
        ProjectError: With what to do instead.
    """
    inputs = pipeline.inputs()
    for name in load_versions:
        if name in pipeline.all_outputs():
            raise ProjectError(
                f"--load-versions names {name}, which this run makes itself: leave it "
                "out, or run only what reads it."
            )
        if name not in inputs:
            raise ProjectError(
                f"--load-versions names {name}, which this run does not read: "
                "leave it out."
            )


def refuse_missing_device(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Refuse a run of which some node asks for a CUDA device that is not there.

    Raises:
        ProjectError: PyTorch finds none.
    """
    parameters = [name for name in pipeline.inputs() if name.startswith(PARAMETERS)]
    values = [plain(catalog.load(name)) for name in parameters]
    devices = [one.get("device") if isinstance(one, dict) else one for one in values]
    if "cuda" in devices:
        from denoising_autoencoder.trainer.device import pick_device

        pick_device("cuda")


def refuse_missing_inputs(
    pipeline: Pipeline, catalog: DataCatalog, load_versions: Mapping[str, str]
) -> None:
    """Refuse a run that needs what was never saved.

    Args:
        pipeline: What is to run.
        catalog: Where its inputs are looked for.
        load_versions: Versions that the user asks for, by dataset.

    Raises:
        ProjectError: With the command that makes what is missing.
    """
    inputs = (name for name in pipeline.inputs() if not name.startswith(PARAMETERS))
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
        way = f"with --to-outputs={','.join(missing)}"
        raise ProjectError(
            f"This run reads what no run has saved yet ({_few(missing)}): make it by a "
            f"run {way if len(missing) <= _FEW else 'of all pipelines'} first."
        )


def refuse_mixed_versions(
    pipeline: Pipeline, catalog: DataCatalog, load_versions: Mapping[str, str]
) -> None:
    """Refuse a run whose inputs were not made from one and the same data.

    A second run that died after data engineering leaves new images beside old models;
    what reads both would judge a model by images of another noise.

    Args:
        pipeline: What is to run; its inputs exist.
        catalog: Where they are.
        load_versions: Versions that the user asks for, by dataset.

    Raises:
        MixedVersionsError: With the versions that belong together, if there are some.
    """
    names = [
        name
        for name in sorted(pipeline.inputs())
        if isinstance(catalog.get(name), AtomicDataset)
    ]
    newest = {name: artifact(catalog, name) for name in names}
    clash = find_clash(newest.values())
    if clash is None:
        return
    ways = []
    if not load_versions:  # else what is made anew would not be what is read
        flag = remake(_first_stale(clash, catalog))
        ways.append(f"make {clash.older.dataset} anew by a run with {flag}")
    candidates = {
        name: [newest[name]] if name in load_versions else _versions(catalog, name)
        for name in names
    }
    chosen = choose_versions(candidates)
    if chosen:
        pins = {
            name: one.version
            for name, one in chosen.items()
            if name in load_versions or one.version != newest[name].version
        }
        line = ",".join(f"{name}:{version}" for name, version in sorted(pins.items()))
        ways.insert(0, f"give --load-versions={line}")
    advice = ", or ".join(ways) or "leave --load-versions out"
    raise MixedVersionsError(f"Nothing was run: {clash}: {advice}.")


def warn_of_outdated_outputs(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Warn of outputs that exist but that would come out otherwise now.

    `--only-missing-outputs` asks whether an output exists, and no more than that.

    Args:
        pipeline: What is asked for.
        catalog: Where its outputs are.
    """
    outdated: dict[Node, list[str]] = {}
    for node in pipeline.nodes:
        names = [name for name in node.outputs if catalog.exists(name)]
        if len(names) == len(node.outputs):
            changes = _changes(node, artifact(catalog, names[0]), catalog)
            if changes:
                outdated[node] = changes
    # The others follow from these, and --from-nodes makes them anew too.
    first = {
        node: changes
        for node, changes in outdated.items()
        if not pipeline.node_dependencies[node] & outdated.keys()
    }
    if first:
        logger.warning(
            "Some outputs exist, so that --only-missing-outputs keeps them, but would "
            "come out otherwise now: those of %s. To make them anew, with all that "
            "follows, leave it out and give",
            "; ".join(f"{node.name} ({_few(first[node])})" for node in first),
        )
        flag = f"  --from-nodes={','.join(node.name for node in first)}"
        # Unbroken at the width of the terminal, so that it can be copied.
        rich.get_console().print(flag, soft_wrap=True, highlight=False, markup=False)


def _changes(node: Node, output: Artifact, catalog: DataCatalog) -> list[str]:
    """What differs between how an output was made and how it would be made now."""
    changes = []
    recorded = dict(_leaves(output.lineage.parameters))
    for name in node.inputs:
        if name.startswith(PARAMETERS):
            key = name.removeprefix(PARAMETERS)
            for leaf, value in _leaves({key: plain(catalog.load(name))}):
                named = leaf.rpartition(".")[2]
                if named in TrainingParameters.without_effect or leaf not in recorded:
                    continue
                if recorded[leaf] != value:
                    changes.append(f"{leaf} was {recorded[leaf]} and is {value}")
        elif name in output.lineage.inputs and catalog.exists(name):
            newest = artifact(catalog, name).lineage.sha256
            if newest != output.lineage.inputs[name]:
                changes.append(f"there is another {name}")
    return changes


def _versions(catalog: DataCatalog, name: str) -> list[Artifact]:
    versions = entry(catalog, name).list_versions(full_path=False)
    return [artifact(catalog, name, version) for version in versions]


def _first_stale(clash: Clash, catalog: DataCatalog) -> Artifact:
    """From where on all must be made anew for the older artifact to fit the newer."""
    one = clash.older
    while True:
        sources = (artifact(catalog, name) for name in one.lineage.inputs)
        stale = [source for source in sources if find_clash([source, clash.newer])]
        if not stale:
            return one
        one = stale[0]


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:_FEW]) + (", ..." if len(names) > _FEW else "")


def _within(name: str, block: str) -> bool:
    return f"{name}.".startswith(f"{block}.")


def _leaves(parameters: Mapping[str, Any], prefix: str = "") -> Iterator[Any]:
    """Dotted names and values of a nested mapping."""
    for key, value in parameters.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _readers(name: str) -> str:
    """The node that reads a parameter, as words."""
    for node in pipelines["__default__"].nodes:
        for source in node.inputs:
            block = source.removeprefix(PARAMETERS)
            if source != block and _within(name, block):
                return f" {node.name}"
    return " what reads it"
