"""Records what each output is made from; refuses inputs that do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline.node import Node
from pydantic import BaseModel

from denoising_autoencoder.artifacts.lineage import Artifact, Lineage, find_conflict
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.datasets.lane_run import LaneRunDataset
from denoising_autoencoder.datasets.pictures import DenoisedPicturesDataset
from denoising_autoencoder.datasets.provenance import ProvenanceDataset
from denoising_autoencoder.datasets.tuning_results import (
    TuningResult,
    TuningResultsDataset,
)
from denoising_autoencoder.errors import MixedVersionsError

PARAMETERS = "params:"


class LineageHooks:
    """Writes `lineage.json`, and lets nodes read only what belongs together."""

    @hook_impl
    def before_node_run(
        self, node: Node, catalog: DataCatalog, inputs: dict[str, Any]
    ) -> dict[str, Any]:
        """Check what the node reads, and prepare the lineage of its outputs.

        Returns:
            For a node that reads `provenance`: the provenance with all its inputs; for
            one that reads `tuning_results`: those of the training images of its inputs.

        Raises:
            MixedVersionsError: The inputs do not belong together.
        """
        artifacts = [
            artifact(catalog, name)
            for name in node.inputs
            if is_artifact(catalog, name)
        ]
        conflict = find_conflict(artifacts)
        if conflict:
            raise MixedVersionsError(
                f"{node.name} was not run: {conflict}. Make {conflict.older.dataset} "
                f"anew in the same run, by {remake(conflict.older)}."
            )
        parameters = {
            name.removeprefix(PARAMETERS): as_json(value)
            for name, value in inputs.items()
            if name.startswith(PARAMETERS)
        }
        tunings = _tunings(node, catalog, inputs, artifacts)
        for output in node.outputs:
            dataset = catalog.get(output)
            if isinstance(dataset, AtomicDataset):
                made_from = [*artifacts, *_compared(node, catalog)]
                made_from += [*_denoised(node, catalog), *_reports(tunings)]
                dataset.made_by = _lineage(output, node, parameters, made_from)
        provenance = {
            name: {**inputs[name], "artifacts": [_as_values(one) for one in artifacts]}
            for name in node.inputs
            if isinstance(catalog.get(name), ProvenanceDataset)
        }
        return {**provenance, **tunings}


def _compared(node: Node, catalog: DataCatalog) -> list[Artifact]:
    """The scores of the runs that a node compares, by content.

    Their ancestors are left out, since two runs may well differ in them. The lineage of
    the scores has them.
    """
    datasets = ((name, catalog.get(name)) for name in node.inputs)
    return [
        Artifact(name, one.path.parent.name, Lineage(sha256=one.sha256()))
        for name, one in datasets
        if isinstance(one, LaneRunDataset)
    ]


def _denoised(node: Node, catalog: DataCatalog) -> list[Artifact]:
    """What the pictures were made from whose record a node reads, by content."""
    return [
        Artifact(name, "", Lineage(sha256=sha256))
        for dataset in map(catalog.get, node.inputs)
        if isinstance(dataset, DenoisedPicturesDataset)
        for name, sha256 in dataset.made_from().items()
    ]


def _tunings(
    node: Node,
    catalog: DataCatalog,
    inputs: Mapping[str, Any],
    artifacts: Iterable[Artifact],
) -> dict[str, list[TuningResult]]:
    """The results of tunings on the images and noise that the artifacts come from."""
    contents: dict[str, str] = {}
    for one in artifacts:
        contents |= one.contents()
    data = contents.get("train_images"), contents.get("noise_spec")
    return {
        name: [
            found
            for found in inputs[name]
            if (found.train_images, found.noise_spec) == data
        ]
        for name in node.inputs
        if isinstance(catalog.get(name), TuningResultsDataset)
    }


def _reports(tunings: Mapping[str, Iterable[TuningResult]]) -> list[Artifact]:
    """The reports of tunings that a node reads, by content."""
    return [
        Artifact(f"{one.report['lane']}_tuning_report", "", Lineage(sha256=one.sha256))
        for found in tunings.values()
        for one in found
    ]


def artifact(catalog: DataCatalog, name: str, version: str | None = None) -> Artifact:
    """One version of a dataset with all that is known of it.

    Args:
        catalog: Catalog with the dataset as an `AtomicDataset`.
        name: Name of the dataset.
        version: Version to read; the one that the catalog would load if omitted.
    """
    dataset = entry(catalog, name)
    version = version or dataset.path.parent.name
    lineage = dataset.lineage(version)
    siblings = {
        sibling: entry(catalog, sibling).lineage(version).sha256
        for sibling in lineage.siblings
        if is_artifact(catalog, sibling) and entry(catalog, sibling).has(version)
    }
    return Artifact(name, version, lineage, siblings)


def is_artifact(catalog: DataCatalog, name: str) -> bool:
    """Whether a name, as a lineage may hold any, is that of an atomic dataset."""
    return name in catalog and isinstance(catalog.get(name), AtomicDataset)


def entry(catalog: DataCatalog, name: str) -> AtomicDataset:
    """The catalog's entry of an atomic dataset."""
    return cast("AtomicDataset", catalog[name])


def remake(one: Artifact) -> str:
    """Flag of a run that makes an artifact again, with all that follows."""
    if one.lineage.node:
        return f"--from-nodes={one.lineage.node}"
    return f"--to-outputs={one.dataset}"  # put there by hand: make all that leads to it


def as_json(value: Any) -> Any:
    """A parameter as plain values for JSON."""
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


def _as_values(made: Artifact) -> dict[str, Any]:
    """An artifact as plain values."""
    return {
        "dataset": made.dataset,
        "version": made.version,
        "sha256": made.lineage.sha256,
        "node": made.lineage.node,
        "parameters": dict(made.lineage.parameters),
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
