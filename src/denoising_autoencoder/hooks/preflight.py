"""Checks before a run's first node."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import AbstractVersionedDataset, DataCatalog
from kedro.pipeline import Pipeline

from denoising_autoencoder.artifacts.lineage import TUNED_RECIPE
from denoising_autoencoder.compute.processes import (
    reads_the_main_script,
    refuse_a_script_without_guard,
)
from denoising_autoencoder.datasets.lane_run import LaneRunDataset
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.extras import CODES, TUNING
from denoising_autoencoder.hooks.lineage import (
    PARAMETERS,
    as_json,
    entry,
    is_artifact,
)
from denoising_autoencoder.hooks.overrides import refuse_parameters_without_effect
from denoising_autoencoder.hooks.shared_version import (
    discard_halves,
    given_version,
    share_version,
)
from denoising_autoencoder.hooks.tuned import tuned_lanes
from denoising_autoencoder.hooks.versions import (
    FEW,
    first_few,
    refuse_mixed_versions,
    refuse_versions_without_effect,
    warn_of_outdated_outputs,
)
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.tuning.extra import installed
from denoising_autoencoder.tuning.space import Space

logger = logging.getLogger(__name__)


class PreflightHooks:
    """Refuses a run that could not end well, before its first node."""

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Check the parameters and the versions that the run would read.

        Every input is resolved to its version here, so that another run cannot change
        it by saving a newer one.

        Raises:
            ParameterError: A parameter is overridden that no node of the run reads.
            MixedVersionsError: The inputs of the run do not belong together.
            ProjectError: A dataset that the run reads was never saved or is damaged, or
                a version is asked for of a dataset that it does not read.
            SystemExit: This process was only started to share the work of another's
                run, whose script has no guard.
        """
        if reads_the_main_script():
            raise SystemExit(1)  # the parent says why
        refuse_unguarded_script(pipeline, catalog)
        ignore_invalid_environment()
        if _draws(pipeline, catalog):
            refuse_unreadable_matplotlibrc()
        load_versions = run_params["load_versions"] or {}
        refuse_parameters_without_effect(run_params["runtime_params"], pipeline)
        also_read = [TUNED_RECIPE] if tuned_lanes(pipeline, catalog) else []
        refuse_versions_without_effect(load_versions, pipeline, also_read)
        refuse_missing_device(pipeline, catalog)
        refuse_what_cannot_be_tuned(pipeline, catalog)
        refuse_missing_extra(pipeline)
        version = given_version(run_params)
        # Only the runner knows what --only-missing-outputs will run.
        if run_params["only_missing_outputs"] and version is None:
            warn_of_outdated_outputs(pipeline, catalog)
            return
        if version is not None:
            pipeline = share_version(pipeline, catalog, version, load_versions)
        refuse_missing_inputs(pipeline, catalog, load_versions)
        refuse_damaged_inputs(pipeline, catalog)
        refuse_mixed_versions(pipeline, catalog, load_versions)
        if version is not None:
            discard_halves(pipeline, catalog)


def refuse_unguarded_script(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Refuse a script that each process which shares the work would execute again.

    Raises:
        ProjectError: Filters or trials are to run in several processes, and the script
            that was started has no guard.
    """
    filters, tuning = f"{PARAMETERS}baselines.processes", f"{PARAMETERS}tuning"
    read = pipeline.inputs()
    shares_filters = filters in read and catalog.load(filters) != 1
    if shares_filters or (tuning in read and catalog.load(tuning).workers != 1):
        refuse_a_script_without_guard()


def _draws(pipeline: Pipeline, catalog: DataCatalog) -> bool:
    """Whether a run makes figures, or the page that shows them."""
    return any(
        entry(catalog, name).suffix in (".png", ".html")
        for name in pipeline.all_outputs()
        if is_artifact(catalog, name)
    )


def refuse_unreadable_matplotlibrc() -> None:
    """Refuse a configuration with which Matplotlib cannot even be imported.

    Raises:
        ProjectError: A matplotlibrc cannot be read, or is not UTF-8.
    """
    try:
        import_module("matplotlib")
    except (ValueError, OSError) as error:
        raise ProjectError(
            f"The matplotlibrc of this user or folder cannot be read ({error}): mend "
            "it, or name another one by the environment variable MATPLOTLIBRC."
        ) from error


def ignore_invalid_environment() -> None:
    """Ignore invalid variables that Matplotlib reads, though no figure needs them.

    An invalid value would be an error after all trainings. A notebook's `!kedro run`,
    for example, inherits the notebook's MPLBACKEND, which may not be installed.
    """
    backend = os.environ.pop("MPLBACKEND", None)
    if backend is not None:
        if "matplotlib" not in sys.modules:
            import matplotlib as mpl

            with suppress(ValueError):  # invalid
                mpl.rcParams["backend"] = backend
        os.environ["MPLBACKEND"] = backend
    time = os.environ.get("SOURCE_DATE_EPOCH", "0")
    try:
        datetime.fromtimestamp(int(time), UTC)
    except (ValueError, OverflowError, OSError):
        logger.warning("SOURCE_DATE_EPOCH=%s is not a time: it is ignored.", time)
        del os.environ["SOURCE_DATE_EPOCH"]


def refuse_missing_device(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Refuse a run that needs a CUDA device, if there is none.

    Raises:
        ProjectError: PyTorch finds no CUDA device.
    """
    parameters = [name for name in pipeline.inputs() if name.startswith(PARAMETERS)]
    values = [as_json(catalog.load(name)) for name in parameters]
    devices = [one.get("device") if isinstance(one, dict) else one for one in values]
    if "cuda" in devices:
        from denoising_autoencoder.compute.device import pick_device

        pick_device("cuda")


def refuse_what_cannot_be_tuned(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Refuse a search that could not begin.

    Raises:
        ParameterError: The space does not fit the lane.
        ProjectError: Optuna, scikit-learn or psycopg is not installed.
    """
    if f"{PARAMETERS}tuning" not in pipeline.inputs():
        return
    TUNING.refuse_if_missing()
    parameters = catalog.load(f"{PARAMETERS}tuning")
    if parameters.storage is not None:
        with installed():
            import_module("psycopg")
    own = catalog.load(f"{PARAMETERS}{parameters.lane}")
    Space.of(parameters.space, LaneParameters.model_validate(own), parameters.lane)


def refuse_missing_extra(pipeline: Pipeline) -> None:
    """Refuse a run whose codes could not be looked into after all trainings.

    Raises:
        ProjectError: A node needs scikit-learn, which is not installed.
    """
    if any(CODES.tag in node.tags for node in pipeline.nodes):
        CODES.refuse_if_missing()


def refuse_missing_inputs(
    pipeline: Pipeline, catalog: DataCatalog, load_versions: Mapping[str, str]
) -> None:
    """Refuse a run that needs datasets which were never saved.

    Args:
        pipeline: Pipeline that is to run.
        catalog: Catalog with its inputs.
        load_versions: Versions that the user asks for, by dataset.

    Raises:
        ProjectError: An input is missing; the message has the command that makes it.
    """
    inputs = (name for name in pipeline.inputs() if not name.startswith(PARAMETERS))
    missing = sorted(name for name in inputs if not catalog.exists(name))
    for name in missing:
        dataset = catalog[name]
        if name in load_versions and isinstance(dataset, AbstractVersionedDataset):
            known = ", ".join(dataset.list_versions(full_path=False)) or "none"
            raise ProjectError(
                f"There is no version {load_versions[name]} of {name}; "
                f"there are: {known}."
            )
    if any(isinstance(catalog.get(name), LaneRunDataset) for name in missing):
        raise ProjectError(
            "There are no scores of that model to compare yet: make them by runs of "
            "--pipelines=denoise first."
        )
    if missing:
        way = f"with --to-outputs={','.join(missing)}"
        if len(missing) > FEW:
            way = "of the pipelines before it, such as --pipelines=data_engineering,"
        raise ProjectError(
            f"This run needs {first_few(missing)}, which no run has saved yet in its "
            f"data_root: make {'it' if len(missing) == 1 else 'them'} by a run {way} "
            "first."
        )


def refuse_damaged_inputs(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Refuse a run whose inputs are not what was saved.

    Args:
        pipeline: Pipeline that is to run; its inputs exist.
        catalog: Catalog with the inputs.

    Raises:
        DatasetFileError: An input is damaged, or its lineage is.
    """
    for name in sorted(pipeline.inputs()):
        if is_artifact(catalog, name):
            entry(catalog, name).check()
