"""A version that several processes save under, each some nodes of one run.

An orchestrator runs each of its tasks in a process of its own, and may try one again.
So a process reads what the others have saved under the version, and makes only what the
version does not have yet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.hooks.lineage import artifact, entry, is_artifact
from denoising_autoencoder.hooks.versions import changes_since, first_few


def given_version(run_params: Mapping[str, Any]) -> str | None:
    """The version that a run was told to save under; None if it has one of its own.

    Args:
        run_params: What Kedro tells hooks of a run.
    """
    version: str | None = (run_params["runtime_params"] or {}).get("run_version")
    return version


def share_version(
    pipeline: Pipeline, catalog: DataCatalog, version: str, pinned: Collection[str]
) -> Pipeline:
    """Let a run read and complete what other processes have saved under its version.

    Its inputs become the newest that are not later than the version. So a run that
    began later changes nothing, however long this one takes.

    Args:
        pipeline: Pipeline that is to run.
        catalog: Its catalog.
        version: Version that the run saves under.
        pinned: Inputs whose versions the user has chosen.

    Returns:
        The nodes that have not saved all outputs under the version.

    Raises:
        ProjectError: The version has outputs that this run would make otherwise.
    """
    for name in pipeline.datasets() - set(pinned):
        if is_artifact(catalog, name):
            made_here = name in pipeline.all_outputs()
            dataset = entry(catalog, name)
            dataset.pin(version if made_here else _newest_until(version, dataset))
    for node in pipeline.nodes:
        _refuse_another_run(node, catalog, version)
    return Pipeline(
        [
            node
            for node in pipeline.nodes
            if len(_saved(node, catalog)) < len(node.outputs)
        ]
    )


def discard_halves(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Remove what nodes have saved that were stopped before they had saved all.

    They make it again, since the outputs of a node belong to one execution of it.

    Args:
        pipeline: The nodes that are to run, as `share_version` gives them.
        catalog: Their catalog.
    """
    for node in pipeline.nodes:
        for name in _saved(node, catalog):
            dataset = entry(catalog, name)
            dataset.discard(dataset.asked_version or "")


def _newest_until(version: str, dataset: AtomicDataset) -> str:
    """The newest version that is not later than another; that other if none is."""
    known = dataset.list_versions(full_path=False) if dataset.exists() else []
    return max((one for one in known if one <= version), default=version)


def _refuse_another_run(node: Node, catalog: DataCatalog, version: str) -> None:
    for name in _saved(node, catalog):
        changes = changes_since(node, artifact(catalog, name), catalog)
        if changes:
            raise ProjectError(
                f"Nothing was run: {name} of run_version={version} is there already, "
                f"but this run would make another ({first_few(changes)}): give a "
                "version that no run has used, such as the present moment."
            )


def _saved(node: Node, catalog: DataCatalog) -> list[str]:
    """The outputs of a node that the version has."""
    return [name for name in node.outputs if catalog.exists(name)]
