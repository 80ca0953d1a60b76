"""Versions that a run would read: whether they are read, fit, and are up to date."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import rich
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from denoising_autoencoder.artifacts.lineage import (
    Artifact,
    Conflict,
    choose_versions,
    find_conflict,
    flatten,
    value_in_words,
)
from denoising_autoencoder.errors import MixedVersionsError, ProjectError
from denoising_autoencoder.hooks.lineage import (
    PARAMETERS,
    artifact,
    as_json,
    entry,
    is_artifact,
    remake,
)
from denoising_autoencoder.parameters.baselines import BaselinesParameters
from denoising_autoencoder.parameters.lanes import LaneParameters

logger = logging.getLogger(__name__)

_WITHOUT_EFFECT = LaneParameters.without_effect | BaselinesParameters.without_effect

FEW = 3
"""Number of things up to which a sentence names them all."""


def refuse_versions_without_effect(
    load_versions: Mapping[str, str], pipeline: Pipeline, also_read: Sequence[str] = ()
) -> None:
    """Refuse `--load-versions` for what the run makes itself or does not read.

    Kedro would load the old version instead of the new one, or ignore the flag.

    Args:
        load_versions: Versions that the user asks for, by dataset.
        pipeline: Pipeline that is to run.
        also_read: Datasets that hooks read, though no node does.

    Raises:
        ProjectError: With what to do instead.
    """
    inputs = pipeline.inputs()
    for name in load_versions:
        if name in pipeline.all_outputs():
            raise ProjectError(
                f"--load-versions names {name}, which this run makes itself: leave it "
                "out, or run only the nodes that read it."
            )
        if name not in inputs and name not in also_read:
            raise ProjectError(
                f"--load-versions names {name}, which this run does not read: "
                "leave it out."
            )


def refuse_mixed_versions(
    pipeline: Pipeline, catalog: DataCatalog, load_versions: Mapping[str, str]
) -> None:
    """Refuse a run whose inputs were not made from the same data.

    A second run that died after data engineering leaves new images and old models. A
    run that reads both would judge a model by images with other noise.

    Args:
        pipeline: Pipeline that is to run; its inputs exist.
        catalog: Catalog with the inputs.
        load_versions: Versions that the user asks for, by dataset.

    Raises:
        MixedVersionsError: The message has versions that belong together, if there are
            any.
    """
    names = [name for name in sorted(pipeline.inputs()) if is_artifact(catalog, name)]
    newest = {name: artifact(catalog, name) for name in names}
    conflict = find_conflict(newest.values())
    if conflict is None:
        return
    ways = []
    if not load_versions:  # else the run would not read what was made again
        flag = remake(_first_stale(conflict, catalog))
        ways.append(f"make {conflict.older.dataset} anew by a run with {flag}")
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
    raise MixedVersionsError(f"Nothing was run: {conflict}: {advice}.")


def warn_of_outdated_outputs(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Warn of outputs that exist but would be different now.

    `--only-missing-outputs` only asks whether an output exists.

    Args:
        pipeline: Pipeline that is asked for.
        catalog: Catalog with the outputs.
    """
    outdated: dict[Node, list[str]] = {}
    for node in pipeline.nodes:
        names = [name for name in node.outputs if catalog.exists(name)]
        if len(names) == len(node.outputs):
            changes = changes_since(node, artifact(catalog, names[0]), catalog)
            if changes:
                outdated[node] = changes
    # The others follow from these, and --from-nodes makes them again too.
    first = {
        node: changes
        for node, changes in outdated.items()
        if not pipeline.node_dependencies[node] & outdated.keys()
    }
    if first:
        logger.warning(
            "Some outputs exist, so that --only-missing-outputs keeps them, but would "
            "come out differently now: those of %s. To make them anew, with all that "
            "follows, give instead of that flag",
            "; ".join(f"{node.name} ({first_few(first[node])})" for node in first),
        )
        flag = f"  --from-nodes={','.join(node.name for node in first)}"
        # Unbroken at the width of the terminal, so that it can be copied.
        rich.get_console().print(flag, soft_wrap=True, highlight=False, markup=False)


def _versions(catalog: DataCatalog, name: str) -> list[Artifact]:
    versions = entry(catalog, name).list_versions(full_path=False)
    return [artifact(catalog, name, version) for version in versions]


def _first_stale(conflict: Conflict, catalog: DataCatalog) -> Artifact:
    """First artifact that must be made again for the older one to fit the newer."""
    one = conflict.older
    while True:
        sources = (
            artifact(catalog, name)
            for name in one.lineage.inputs
            if is_artifact(catalog, name) and catalog.exists(name)
        )
        stale = [
            source for source in sources if find_conflict([source, conflict.newer])
        ]
        if not stale:
            return one
        one = stale[0]


def changes_since(node: Node, output: Artifact, catalog: DataCatalog) -> list[str]:
    """Differences between how an output was made and how it would be made now.

    Args:
        node: Node that makes it.
        output: Output as it was saved.
        catalog: Catalog with the parameters and the inputs of the node.
    """
    changes = []
    recorded = dict(flatten(output.lineage.parameters))
    for name in node.inputs:
        if name.startswith(PARAMETERS):
            key = name.removeprefix(PARAMETERS)
            for leaf, value in flatten({key: as_json(catalog.load(name))}):
                named = leaf.rpartition(".")[2]
                if named in _WITHOUT_EFFECT or leaf not in recorded:
                    continue
                if recorded[leaf] != value:
                    was, now = map(value_in_words, (recorded[leaf], value))
                    changes.append(f"{leaf} was {was} and is {now}")
        elif (
            name in output.lineage.inputs
            and is_artifact(catalog, name)
            and catalog.exists(name)
        ):
            newest = artifact(catalog, name).lineage.sha256
            if newest != output.lineage.inputs[name]:
                changes.append(f"there is another {name}")
    return list(dict.fromkeys(changes))  # a lane of clean images reads them twice


def first_few(names: Sequence[str]) -> str:
    """The first few of many names, as text."""
    return ", ".join(names[:FEW]) + (", ..." if len(names) > FEW else "")
