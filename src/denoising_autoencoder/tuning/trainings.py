"""Many trainings, one after the other or in several processes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import parent_process
from typing import TypeVar

import rich

from denoising_autoencoder.compute.cores import available_cores
from denoising_autoencoder.compute.processes import map_as_finished
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.terminal.duration import about
from denoising_autoencoder.terminal.progress import progress_bar
from denoising_autoencoder.tuning.fold_training import quiet_trainings

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

Stopped = Callable[[], bool]
"""Tells whether the run was asked to stop, from another thread."""

logger = logging.getLogger(__name__)


def run_trainings(
    train: Callable[[_Task], _Result],
    tasks: Sequence[_Task],
    workers: int,
    label: str,
    stopped: Stopped = bool,
) -> Iterator[tuple[int, _Result]]:
    """Run trainings, show how many are done, and tell once how long the rest takes.

    Args:
        train: A module's function of a task; processes import it.
        tasks: What it is called with.
        workers: Number of processes; 1 for this one.
        label: Text before the progress bar and in the log.
        stopped: Tells whether the run was asked to stop.

    Yields:
        The number of a task and its result, as soon as it is finished.

    Raises:
        KeyboardInterrupt: The run was asked to stop.
    """
    begun, count = time.perf_counter(), len(tasks)
    calls = [(train, task) for task in tasks]
    with progress_bar(label, count, text=f"0/{count}", time_left=False) as show:
        results = map_as_finished(_quietly, calls, min(workers, max(1, count)))
        for done, result in enumerate(results, start=1):
            yield result
            if stopped():
                raise KeyboardInterrupt
            show(done, f"{done}/{count}")
            if done == 1 and count > workers:
                seconds = (time.perf_counter() - begun) * (count / workers - 1)
                logger.info("%s: %d trainings, %s", label, count, about(seconds))


def share_threads(recipe: LaneParameters, workers: int) -> LaneParameters:
    """Give a recipe its share of the cores, which changes no bit.

    Args:
        recipe: Recipe of a training.
        workers: Number of trainings at a time; with 1 the threads are the recipe's own.
    """
    if workers == 1:
        return recipe
    return recipe.model_copy(update={"threads": threads_of_each(workers)})


def threads_of_each(workers: int) -> int:
    """Each of several processes' share of the cores."""
    return max(1, available_cores() // workers)


def _quietly(train: Callable[[_Task], _Result], task: _Task) -> _Result:
    if parent_process() is not None:
        rich.reconfigure(force_interactive=False)  # bars are the parent's
    with quiet_trainings():
        return train(task)
