"""Each output is told what it is made from, and no node reads what does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline.node import Node
from pydantic import BaseModel

from denoising_autoencoder.artifacts.lineage import Artifact, Lineage, find_clash
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.datasets.lane_run import LaneRunDataset
from denoising_autoencoder.datasets.provenance import ProvenanceDataset
from denoising_autoencoder.errors import MixedVersionsError

PARAMETERS = "params:"


class LineageHooks:
    """Keeps `lineage.json` and holds every node to what belongs together."""

    @hook_impl
    def before_node_run(
        self, node: Node, catalog: DataCatalog, inputs: dict[str, Any]
    ) -> dict[str, Any]:
        """Check what the node reads, and prepare the lineage of what it will save.

        Returns:
            For a node that reads `provenance`: the same, with all its other inputs.

        Raises:
            MixedVersionsError: Its inputs do not belong together.
        """
        artifacts = [
            artifact(catalog, name)
            for name in node.inputs
            if isinstance(catalog.get(name), AtomicDataset)
        ]
        clash = find_clash(artifacts)
        if clash:
            raise MixedVersionsError(
                f"{node.name} was not run: {clash}. Make {clash.older.dataset} anew in "
                f"the same run, by {remake(clash.older)}."
            )
        parameters = {
            name.removeprefix(PARAMETERS): plain(value)
            for name, value in inputs.items()
            if name.startswith(PARAMETERS)
        }
        for output in node.outputs:
            dataset = catalog.get(output)
            if isinstance(dataset, AtomicDataset):
                made_from = [*artifacts, *_compared(node, catalog)]
                dataset.made_by = _lineage(output, node, parameters, made_from)
        return {
            name: {**inputs[name], "artifacts": [_told(one) for one in artifacts]}
            for name in node.inputs
            if isinstance(catalog.get(name), ProvenanceDataset)
        }


def _compared(node: Node, catalog: DataCatalog) -> list[Artifact]:
    """The scores of the runs that a node compares, by content.

    Their own ancestors are left out: two runs differ in them, and a clash is no clash
    there. Whoever has the scores finds those beside them.
    """
    datasets = ((name, catalog.get(name)) for name in node.inputs)
    return [
        Artifact(name, one.path.parent.name, Lineage(sha256=one.sha256()))
        for name, one in datasets
        if isinstance(one, LaneRunDataset)
    ]


def artifact(catalog: DataCatalog, name: str, version: str | None = None) -> Artifact:
    """One version of a dataset with all that is known of it.

    Args:
        catalog: Holds the dataset as an `AtomicDataset`.
        name: Of the dataset.
        version: Else the one that the catalog would load.
    """
    dataset = entry(catalog, name)
    version = version or dataset.path.parent.name
    lineage = dataset.lineage(version)
    beside = {
        sibling: entry(catalog, sibling).lineage(version).sha256
        for sibling in lineage.siblings
        if sibling in catalog and entry(catalog, sibling).has(version)
    }
    return Artifact(name, version, lineage, beside)


def entry(catalog: DataCatalog, name: str) -> AtomicDataset:
    """The catalog's entry of a name that is known to be atomic."""
    return cast("AtomicDataset", catalog[name])


def remake(one: Artifact) -> str:
    """The flag of a run that makes an artifact anew, with all that follows."""
    if one.lineage.node:
        return f"--from-nodes={one.lineage.node}"
    return f"--to-outputs={one.dataset}"  # not saved by a run: all that leads to it


def plain(value: Any) -> Any:
    """A parameter as JSON has it."""
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


def _told(one: Artifact) -> dict[str, Any]:
    """An artifact in plain values."""
    return {
        "dataset": one.dataset,
        "version": one.version,
        "sha256": one.lineage.sha256,
        "node": one.lineage.node,
        "parameters": dict(one.lineage.parameters),
    }


def _lineage(
    output: str,
    node: Node,
    parameters: Mapping[str, Any],
    inputs: Iterable[Artifact],
) -> Lineage:
    inputs = tuple(inputs)
    ancestors: dict[str, str] = {}
    for one in inputs:
        ancestors |= one.contents()
    direct = {one.dataset: one.lineage.sha256 for one in inputs}
    return Lineage(
        dataset=output,
        node=node.name,
        parameters=parameters,
        inputs=direct,
        ancestors={
            name: sha256 for name, sha256 in ancestors.items() if name not in direct
        },
        siblings=tuple(sorted(set(node.outputs) - {output})),
    )
