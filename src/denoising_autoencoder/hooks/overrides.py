"""Parameters that are overridden for a run, and whether the run reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kedro.framework.project import pipelines
from kedro.pipeline import Pipeline

from denoising_autoencoder.artifacts.lineage import flatten
from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.hooks.lineage import PARAMETERS

_OF_NO_NODE = {
    "data_root": None,
    "run_version": None,
    "verify": None,
    "compared_lane": "scores_a",
}
"""Runtime parameters that the session or the catalog reads, with the dataset whose
entry does; None if every run does."""


def refuse_parameters_without_effect(
    overridden: dict[str, Any] | None, pipeline: Pipeline
) -> None:
    """Refuse an override that this run would ignore.

    For example, new noise would change only the titles of a run that does not draw the
    noise; the user means something else.

    Args:
        overridden: Parameters given at run time, nested.
        pipeline: Pipeline that is to run.

    Raises:
        ParameterError: No node reads one of the parameters.
    """
    effective = dict(parameters_with_effect(overridden, pipeline))
    for name, _ in flatten(overridden or {}):
        if name not in effective:
            raise ParameterError(
                f"The parameter {name} has no effect in this run, since none of its "
                f"nodes reads it: leave it out, or run{_readers(name)} too."
            )


def parameters_with_effect(
    overridden: dict[str, Any] | None, pipeline: Pipeline
) -> Iterator[tuple[str, Any]]:
    """The overrides that a run reads: dotted names and values."""
    read = [
        name.removeprefix(PARAMETERS)
        for name in pipeline.inputs()
        if name.startswith(PARAMETERS)
    ]
    for name, value in flatten(overridden or {}):
        of_no_node = name in _OF_NO_NODE and (
            _OF_NO_NODE[name] is None or _OF_NO_NODE[name] in pipeline.inputs()
        )
        if of_no_node or any(_within(name, block) for block in read):
            yield name, value


def _within(name: str, block: str) -> bool:
    return f"{name}.".startswith(f"{block}.")


def _readers(name: str) -> str:
    """The node that reads a parameter, as words."""
    for node in pipelines["__default__"].nodes:
        for source in node.inputs:
            block = source.removeprefix(PARAMETERS)
            if source != block and _within(name, block):
                return f" {node.name}"
    return " what reads it"
