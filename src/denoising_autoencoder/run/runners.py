"""The runners that this project accepts."""

from __future__ import annotations

from kedro.runner import AbstractRunner, SequentialRunner, ThreadRunner

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.run.dask import DaskRunner

OF_THE_PROJECT = {"DaskRunner": "denoising_autoencoder.run.dask.DaskRunner"}
"""Path of each runner that Kedro does not find by its name."""

_ACCEPTED = (SequentialRunner, ThreadRunner, DaskRunner)


class OneThreadRunner(ThreadRunner):
    """Runs nodes one after the other, in another thread than the main one."""

    def __init__(self) -> None:
        super().__init__(max_workers=1)


def refuse_other_runners(runner: AbstractRunner | None) -> None:
    """Refuse a runner whose nodes run in other processes, where hooks do not see them.

    Args:
        runner: Runner of the run; None for the default.

    Raises:
        ProjectError: The runner is not one of those that this project accepts.
    """
    if runner is not None and not isinstance(runner, _ACCEPTED):
        raise ProjectError(
            f"{type(runner).__name__} runs nodes in other processes, where their "
            "lineage would be lost: leave out --runner, or use --runner=ThreadRunner, "
            "which trains the models at the same time, or --runner=DaskRunner, which "
            "does so in processes of its own."
        )


def flags_of(runner: AbstractRunner | None) -> list[str]:
    """The flags of a command line that asks for a runner; none for the default."""
    if isinstance(runner, DaskRunner):
        return runner.flags
    return ["--runner=ThreadRunner"] if isinstance(runner, ThreadRunner) else []
