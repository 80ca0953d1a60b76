"""The runner, as the command line and notebooks know it."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any

from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline
from kedro.runner import AbstractRunner
from pluggy import PluginManager

from denoising_autoencoder.errors import ParameterError, ProjectError
from denoising_autoencoder.extras import DASK

_WORKERS, _MOST = 2, 256


class DaskRunner(AbstractRunner):
    """Runs each node as a task of Dask, as soon as the nodes before it are done.

    Lineage and checkpoints are written where the node runs. Progress bars, log, closing
    summary and the command that resumes the run are those of a sequential run. Nodes
    read and write files only, so that a worker needs the same folder of all artifacts
    under the same path.

    Args:
        workers: Number of worker processes that are started on this machine, 1 to 256;
            2 if neither argument is given. Each takes its share of the cores.
        address: Address of a scheduler that runs already, such as
            tcp://192.168.0.7:8786, instead of workers of this machine.
        is_async: Must be False; Kedro passes it to every runner.

    Raises:
        ParameterError: An argument is invalid.
    """

    def __init__(
        self,
        workers: int | None = None,
        address: str | None = None,
        is_async: bool = False,
    ) -> None:
        super().__init__()
        if is_async:
            raise ParameterError(
                "DaskRunner does not load and save in threads: leave out is_async."
            )
        if workers is not None and address is not None:
            raise ParameterError(
                "DaskRunner takes workers, which it starts on this machine, or the "
                "address of a scheduler, which has workers: give one of them."
            )
        if workers is not None and not (type(workers) is int and 1 <= workers <= _MOST):
            raise ParameterError(
                f"DaskRunner cannot start workers={workers}: give a number from 1 to "
                f"{_MOST}."
            )
        if address is not None and not (isinstance(address, str) and "://" in address):
            raise ParameterError(
                f"DaskRunner cannot connect to address={address}: give the address "
                "that `dask scheduler` prints, such as tcp://192.168.0.7:8786."
            )
        self._workers = workers or _WORKERS
        self._address = address

    @property
    def flags(self) -> list[str]:
        """The flags of a command line that asks for this runner."""
        place = (
            f"address={self._address}" if self._address else f"workers={self._workers}"
        )
        return ["--runner=DaskRunner", f"--runner-params={place}"]

    def _get_executor(self, max_workers: int) -> Executor | None:  # noqa: ARG002
        return None  # `_run` needs none

    def _run(
        self,
        pipeline: Pipeline,
        catalog: DataCatalog,  # type: ignore[override]
        hook_manager: Any = None,
        run_id: str | None = None,
    ) -> None:
        with DASK.needed():
            from denoising_autoencoder.run.dask.cluster import connected
            from denoising_autoencoder.run.dask.tasks import Tasks
        _refuse_datasets_in_memory(pipeline, catalog)
        if not isinstance(hook_manager, PluginManager):  # as without a session
            hook_manager = _create_hook_manager()
        with connected(self._workers, self._address) as client:
            Tasks(client, pipeline, catalog, hook_manager, run_id or "").run()


def _refuse_datasets_in_memory(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Refuse a run whose nodes hand over what other processes cannot read.

    Raises:
        ProjectError: The catalog has no entry for a dataset.
    """
    for name in sorted(pipeline.all_outputs()):
        if isinstance(catalog.get(name), MemoryDataset):
            raise ProjectError(
                f"{name} is kept in memory, which other processes cannot read: give it "
                "an entry in the catalog."
            )
