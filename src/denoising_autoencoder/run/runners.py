"""The runners of Kedro that this project accepts."""

from __future__ import annotations

from kedro.runner import SequentialRunner, ThreadRunner

from denoising_autoencoder.errors import ProjectError


class OneThreadRunner(ThreadRunner):
    """Runs nodes one after the other, in another thread than the main one."""

    def __init__(self) -> None:
        super().__init__(max_workers=1)


def refuse_other_runners(runner: object) -> None:
    """Refuse a runner whose nodes run in other processes, where hooks do not see them.

    Args:
        runner: Runner of Kedro; None for the default.

    Raises:
        ProjectError: The runner is neither a SequentialRunner nor a ThreadRunner.
    """
    if runner is not None and not isinstance(runner, (SequentialRunner, ThreadRunner)):
        raise ProjectError(
            f"{type(runner).__name__} runs nodes in other processes, where their "
            "lineage would be lost: leave out --runner, or use --runner=ThreadRunner, "
            "which trains the models at the same time."
        )
