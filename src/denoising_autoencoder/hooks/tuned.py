"""Trains a lane by its tuned recipe, if `<lane>.recipe` asks for it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.io.core import Version
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from denoising_autoencoder.artifacts.lineage import TUNED_RECIPE, tuned_recipe_of
from denoising_autoencoder.errors import ParameterError, ProjectError
from denoising_autoencoder.hooks.lineage import PARAMETERS, entry
from denoising_autoencoder.lanes import LANES, Lane, lanes_of
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.tuning.recipe import (
    OWN,
    TunedRecipe,
    array_sha256,
    describe_origins,
    merge,
    read_tuned_recipe,
)

logger = logging.getLogger(__name__)

_AGAIN = "tune again by --pipelines=tuning --params=tuning.lane={lane}"


@dataclass(frozen=True)
class _Found:
    """A tuned recipe on the disk."""

    lane: Lane
    recipe: TunedRecipe
    version: str
    sha256: str


class TunedHooks:
    """Puts the tuned values into the blocks of parameters, and into the lineage.

    The values of the command line win over those of the tuning, and these over the
    configuration. So the lineage of a model has the parameters that it was really
    trained with, and the content of the tuned recipe that they came from.
    """

    def __init__(self) -> None:
        self._tuned: dict[str, _Found] = {}

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Replace the blocks of the lanes that are trained by a tuned recipe.

        Raises:
            ParameterError: The recipe is of another network, the lane cannot be tuned,
                or the run also tunes.
            ProjectError: No tuning of the lane has been saved, or it had other images
                or other noise than this run.
            DatasetFileError: The tuned recipe is damaged.
        """
        self._tuned = {}
        lanes = tuned_lanes(pipeline, catalog)
        known = _known_data(pipeline, catalog) if lanes else {}
        pinned = (run_params["load_versions"] or {}).get(TUNED_RECIPE)
        for lane in lanes:
            if TUNED_RECIPE in pipeline.all_outputs():
                raise ParameterError(
                    f"{lane.name}.recipe is tuned, but this run also tunes: run "
                    "--pipelines=tuning first, and then the training."
                )
            found = _find(lane, catalog, pinned)
            _refuse_other_data(found, known)
            given = (run_params["runtime_params"] or {}).get(lane.name) or {}
            _replace_block(found, given, catalog)
            self._tuned[lane.name] = found
        versions = {found.version for found in self._tuned.values()}
        if len(versions) == 1:  # for the command that resumes the run
            entry(catalog, TUNED_RECIPE).pin(versions.pop())

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Refuse other images or noise as soon as they are made.

        Raises:
            ProjectError: A lane of the run was tuned on others.
        """
        for found in self._tuned.values():
            _refuse_other_data(found, {dataset_name: data})

    @hook_impl
    def before_node_run(
        self, node: Node, catalog: DataCatalog, inputs: dict[str, Any]
    ) -> None:
        """Refuse other images or noise, and add the recipe to the model's lineage.

        Raises:
            ProjectError: The lane was tuned on others.
        """
        found = self._tuned.get(node.namespace or "")
        if found is None or node.name != _training(found.lane):
            return
        _refuse_other_data(found, inputs)
        for output in node.outputs:  # its lineage is that of `LineageHooks`
            dataset = entry(catalog, output)
            recipe = {tuned_recipe_of(found.lane.name): found.sha256}
            made_from = {**dataset.made_by.inputs, **recipe}
            dataset.made_by = replace(dataset.made_by, inputs=made_from)


def tuned_lanes(pipeline: Pipeline, catalog: DataCatalog) -> list[Lane]:
    """The lanes that a run trains by a tuned recipe.

    Args:
        pipeline: Pipeline that is to run.
        catalog: Catalog with the parameters.
    """
    names = {node.name for node in pipeline.nodes}
    return [
        lane
        for lane in LANES
        if _training(lane) in names
        and catalog.load(f"{PARAMETERS}{lane.name}").recipe == "tuned"
    ]


def recipe_version(pipeline: Pipeline, catalog: DataCatalog) -> str | None:
    """Version of the tuned recipe that the lanes of a run are trained by.

    Args:
        pipeline: Pipeline that runs.
        catalog: Its catalog, after `before_pipeline_run`.

    Returns:
        None if there is no such lane, or if their recipes are of several versions.
    """
    if not tuned_lanes(pipeline, catalog):
        return None
    return entry(catalog, TUNED_RECIPE).asked_version


def _training(lane: Lane) -> str:
    return f"{lane.name}.train"


def _find(lane: Lane, catalog: DataCatalog, pinned: str | None) -> _Found:
    """The newest tuned recipe of a lane, or that of the version asked for."""
    if lane not in lanes_of("denoise"):
        raise ParameterError(
            f"{lane.name}.recipe is tuned, but {lane.name} cannot be tuned: set "
            f"{lane.name}.recipe=own."
        )
    dataset = entry(catalog, TUNED_RECIPE)
    for version in [pinned] if pinned else dataset.list_versions(full_path=False):
        read = catalog.get(TUNED_RECIPE, version=Version(version, None))
        if read is not None and read.exists():
            content = read.load()
            if _is_of_another(lane, content):  # and may be damaged for all we care
                continue
            recipe = read_tuned_recipe(content, f"{TUNED_RECIPE} of {version}")
            if recipe.lane == lane.name:
                sha256 = dataset.lineage(version).sha256
                return _Found(lane, recipe, version, sha256)
    raise ProjectError(
        f"{lane.name}.recipe is tuned, but there is no tuned recipe of {lane.name}"
        f"{f' in version {pinned}' if pinned else ''}: "
        f"{_AGAIN.format(lane=lane.name).replace(' again', '')} first, or set "
        f"{lane.name}.recipe=own."
    )


def _is_of_another(lane: Lane, content: Any) -> bool:
    """Whether a file of a tuned recipe says that it is of another known lane."""
    of = content.get("lane") if isinstance(content, dict) else None
    return of != lane.name and of in [known.name for known in LANES]


def _replace_block(
    found: _Found, given: Mapping[str, Any], catalog: DataCatalog
) -> None:
    name = f"{PARAMETERS}{found.lane.name}"
    own: LaneParameters = catalog.load(name)
    merged = merge(found.recipe, own, given)
    catalog[name].save(merged)
    chosen = found.recipe.recipe
    logger.info(
        "%s is trained by the tuned recipe of %s, %s:\n%s",
        own.title,
        found.version,
        "the lane's own of that time" if chosen == OWN else chosen,
        "\n".join(describe_origins(found.recipe, own, given, merged)),
    )


def _known_data(pipeline: Pipeline, catalog: DataCatalog) -> dict[str, Any]:
    """What is known of the images and the noise before the first node."""
    inputs = pipeline.inputs()
    known: dict[str, Any] = {
        name: catalog.load(name)
        for name in ("train_images", "noise_spec", "clean_spec")
        if name in inputs and catalog.exists(name)
    }
    if {f"{PARAMETERS}noise", f"{PARAMETERS}seed"} <= inputs:  # it will be drawn
        noise = read_noise(catalog.load(f"{PARAMETERS}noise"))
        seed = catalog.load(f"{PARAMETERS}seed")
        known["noise_spec"] = {**noise.model_dump(mode="json"), "seed": seed}
    return known


def _refuse_other_data(found: _Found, data: Mapping[str, Any]) -> None:
    """Refuse data that differ from those of the tuning.

    Args:
        found: The tuned recipe.
        data: Any datasets of the run, by name.
    """
    lane, recipe = found.lane.name, found.recipe
    way = f"set {lane}.recipe=own, or {_AGAIN.format(lane=lane)}"
    images = data.get("train_images")
    if images is not None and array_sha256(images) != recipe.images_sha256:
        raise ProjectError(
            f"{lane} was tuned on other training images than those of this run: {way}."
        )
    noise = data.get("noise_spec" if found.lane.noisy else "clean_spec")
    if noise is not None and noise != recipe.noise:
        was, now = (read_noise(spec).describe() for spec in (recipe.noise, noise))
        now = f"this run has {now}" if now != was else "the noise has another seed"
        raise ProjectError(f"{lane} was tuned with {was}, but {now}: {way}.")
