"""The runners that this project accepts."""

from __future__ import annotations

from kedro.runner import AbstractRunner, SequentialRunner, ThreadRunner

from denoising_autoencoder.addresses import is_address
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


def refuse_any_runner(runner: AbstractRunner | None) -> None:
    """Refuse a runner where torchrun's processes share the trainings.

    Args:
        runner: Runner of the run; None for the default.

    Raises:
        ProjectError: The runner would run several nodes at once.
    """
    if flags_of(runner):
        raise ProjectError(
            f"{type(runner).__name__} runs several nodes at once, but torchrun's "
            "processes share one training after the other: leave out --runner."
        )


def refuse_a_store(runner: AbstractRunner | None, root: str) -> None:
    """Refuse an object store for nodes on workers, whose copies nobody would remove.

    Args:
        runner: Runner of the run; None for the default.
        root: Folder of all artifacts, or its address.

    Raises:
        ProjectError: The runner is DaskRunner, and the root an address.
    """
    if isinstance(runner, DaskRunner) and is_address(root):
        raise ProjectError(
            "DaskRunner needs a folder that all workers share, but data_root is an "
            "object store: name such a folder, or leave out --runner."
        )


def flags_of(runner: AbstractRunner | None) -> list[str]:
    """The flags of a command line that asks for a runner; none for the default."""
    if isinstance(runner, DaskRunner):
        return runner.flags
    return ["--runner=ThreadRunner"] if isinstance(runner, ThreadRunner) else []
