"""Trainings of equal work, so that a larger network does not win by its size only."""

from __future__ import annotations

import json
from functools import lru_cache

from denoising_autoencoder.compute.work import training_tflop
from denoising_autoencoder.parameters.lanes import LaneParameters


def equal_work(
    own: LaneParameters,
    changed: LaneParameters,
    steps: int,
    image_shape: tuple[int, int, int],
) -> LaneParameters:
    """Give a changed recipe the steps with which it does the work of the lane's own.

    The work is that of `compute.work.training_tflop`: multiply-accumulates of the
    network times images seen. Validation does not count.

    Args:
        own: The lane's own recipe.
        changed: The recipe of a trial.
        steps: Number of steps of the lane's own recipe.
        image_shape: (height, width, channels).

    Returns:
        The changed recipe with `steps`, and as many records as the own one has.
    """
    images = steps * own.batch_size * _macs(own, image_shape)
    each = changed.batch_size * _macs(changed, image_shape)
    return with_steps(own, changed, steps, max(1, round(images / each)))


def with_steps(
    own: LaneParameters, changed: LaneParameters, own_steps: int, steps: int
) -> LaneParameters:
    """Give a changed recipe a number of steps, and the own recipe's number of records.

    So the records of all trials are at the same parts of their trainings.

    Args:
        own: The lane's own recipe.
        changed: The recipe of a trial.
        own_steps: Number of steps of the lane's own recipe.
        steps: Number of steps of the changed one.
    """
    records = count_records(own, own_steps)
    interval = -(-steps // records)
    update = {"steps": steps, "epochs": None, "validation_interval": interval}
    return changed.model_copy(update=update)


def count_records(own: LaneParameters, steps: int) -> int:
    """The number of records of the lane's own recipe after its first step."""
    return -(-steps // own.validation_interval)


def tflop_of(
    recipe: LaneParameters, steps: int, image_shape: tuple[int, int, int]
) -> float:
    """The work of a training, in TFLOP.

    Args:
        recipe: Network and size of the batches.
        steps: Number of steps.
        image_shape: (height, width, channels).
    """
    return training_tflop(_macs(recipe, image_shape), steps * recipe.batch_size)


def _macs(recipe: LaneParameters, image_shape: tuple[int, int, int]) -> int:
    options = json.dumps(recipe.options, sort_keys=True)
    return _macs_of(recipe.network, options, image_shape)


@lru_cache(maxsize=256)
def _macs_of(network: str, options: str, image_shape: tuple[int, int, int]) -> int:
    from denoising_autoencoder.networks.build import build_network
    from denoising_autoencoder.networks.summary import count_macs

    built = build_network(network, 0, json.loads(options))
    return count_macs(built, *image_shape)
