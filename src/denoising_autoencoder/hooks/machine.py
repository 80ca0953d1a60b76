"""What a run computes with, and how long it will take here."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from threading import Lock, Thread
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from denoising_autoencoder.compute.cores import available_cores
from denoising_autoencoder.compute.torchrun import joined_group
from denoising_autoencoder.hooks.lineage import PARAMETERS, as_json
from denoising_autoencoder.networks.table import check_options
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.terminal.duration import about

logger = logging.getLogger(__name__)

TRAINING = "training"
"""Tag of the nodes that train."""

_FEW_STEPS = 100
"""Steps of a training that is too short for an estimate."""

_NODE_SECONDS = 0.7
"""What a node that does not train takes, on the average: 0.4 s with the sample,
1 s with CIFAR-10."""


class MachineHooks:
    """Names the machine at the start of a run that trains, and the expected time.

    PyTorch knows the machine. Its import takes more than a second, and is made in a
    thread: the nodes before the first training leave a core idle for it. The expected
    time needs the size of the images: it is told when the first training begins, by a
    few steps of each network.
    """

    def __init__(self) -> None:
        self._recipes: list[LaneParameters] = []
        self._others = 0
        self._naming: Thread | None = None
        self._lock = Lock()  # trainings may begin at the same time
        self._over = False

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Name the machine, if anything will be trained."""
        nodes = pipeline.nodes
        if run_params["only_missing_outputs"]:
            nodes = [node for node in nodes if not _is_done(node, catalog)]
        trainings = [node for node in nodes if TRAINING in node.tags]
        self._others = len(nodes) - len(trainings)
        self._recipes = [
            LaneParameters.model_validate(as_json(catalog.load(name)))
            for node in trainings
            for name in node.inputs
            if name.startswith(PARAMETERS)
        ]
        if self._recipes:
            self._over = False
            self._naming = Thread(target=self._name_machine, args=(self._recipes,))
            self._naming.start()

    @hook_impl
    def before_node_run(self, node: Node, inputs: dict[str, Any]) -> None:
        """Tell before the first training how long the run will take."""
        if TRAINING not in node.tags or self._naming is None:
            return
        with self._lock:
            recipes, self._recipes = self._recipes, []
        if recipes:
            self._naming.join()
            training = _expect(recipes, inputs)
            if training:
                _tell(training, self._others * _NODE_SECONDS)

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Say nothing after the run."""
        self._over = True

    def _name_machine(self, recipes: list[LaneParameters]) -> None:
        with suppress(Exception):  # the training raises it again
            words = _machine(recipes)
            if not self._over:
                logger.info("Machine: %s", words)


def _is_done(node: Node, catalog: DataCatalog) -> bool:
    return all(catalog.exists(name) for name in node.outputs)


def _machine(recipes: list[LaneParameters]) -> str:
    from denoising_autoencoder.compute.device import pick_device
    from denoising_autoencoder.compute.machine import describe_machine

    devices = [pick_device(recipe.device) for recipe in recipes]
    # A GPU is named if any training uses it.
    device = next((one for one in devices if one.type != "cpu"), devices[0])
    return describe_machine(available_cores(), device)


def _expect(
    recipes: list[LaneParameters], inputs: Mapping[str, Any]
) -> dict[str, float]:
    """The seconds of each training, by title; none if one of them is not measured.

    Args:
        recipes: Recipes of the trainings.
        inputs: What a training reads, by dataset: the images, whose shapes are used.
    """
    seconds = {}
    for recipe in recipes:
        expected = _seconds(
            recipe, inputs["train_images"].shape, len(inputs["validation_images"])
        )
        if expected is None:
            return {}
        seconds[recipe.title] = expected
    return seconds


def _seconds(
    recipe: LaneParameters, shape: tuple[int, ...], validated: int
) -> float | None:
    from denoising_autoencoder.compute.device import pick_device
    from denoising_autoencoder.compute.threads import count_threads
    from denoising_autoencoder.networks.build import build_network
    from denoising_autoencoder.trainer import step_time
    from denoising_autoencoder.trainer.loop import count_steps
    from denoising_autoencoder.trainer.micro_batches import part_size
    from denoising_autoencoder.trainer.time_left import FORWARD

    device, (count, height, width, channels) = pick_device(recipe.device), shape
    options = check_options(recipe.network, recipe.options)
    refused = min(height, width) < options.smallest_side or channels != options.channels
    steps = count_steps(recipe, count)
    refused = refused or recipe.batch_size > count
    if device.type != "cpu" or refused or steps < _FEW_STEPS:
        return None  # not measured, refused by the training in a sentence, or short
    network = build_network(recipe.network, recipe.seed, recipe.options)
    step = step_time.measure_step(network, (height, width, channels), recipe)
    validations = 1 - (-steps // recipe.validation_interval)
    threads = min(count_threads(recipe.threads), available_cores())
    parts = -(-recipe.batch_size // part_size(network, recipe))
    busy = parts / -(-parts // threads)  # cores, on the average of a step
    batches = validations * validated / recipe.batch_size
    group = joined_group()
    processes = group.size if group else 1
    return step * (steps + FORWARD * batches * busy / threads) / processes


def _tell(training: Mapping[str, float], rest: float) -> None:
    parts = [f"{title} {about(seconds)}" for title, seconds in training.items()]
    logger.info(
        "Expected here: %s in all (%s)",
        about(sum(training.values()) + rest),
        ", ".join(parts),
    )
