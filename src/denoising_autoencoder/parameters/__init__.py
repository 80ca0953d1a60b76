"""Every parameter of the project: its type, its bounds, and what it means.

`Parameters` mirrors the top level of conf/base/parameters_*.yml, with a module for each
of these files and a block for each lane of `lanes.LANES`. Nodes receive the blocks as
instances of these classes, checked before any work.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from denoising_autoencoder.addresses import what_is_wrong
from denoising_autoencoder.denoisers.filters.table import FILTERS
from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.lanes import LANES
from denoising_autoencoder.parameters.baselines import BaselinesParameters
from denoising_autoencoder.parameters.blocks import LARGEST_SEED, Name
from denoising_autoencoder.parameters.data_engineering import (
    ImagesParameters,
    NoiseParameters,
    SplitParameters,
)
from denoising_autoencoder.parameters.inference import InferenceParameters
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.parameters.reporting import ReportingParameters
from denoising_autoencoder.parameters.tuning import TuningParameters
from denoising_autoencoder.validation import Block, explain

_OUR_TITLES = {
    *("original", "noisy input", "untouched input", "pca", "wiener"),
    *(kind.label.casefold() for kind in FILTERS.values()),
}
"""What tables and figures call their other rows, in lower case."""


def _place(folder: str) -> str:
    """Refuse what would be a folder of another name than what was meant."""
    if folder.startswith("~"):
        raise PydanticCustomError("in_full", "input should be written out, without ~")
    wrong = what_is_wrong(folder)
    if wrong:
        raise ValueError(f"data_root {wrong}")
    return folder


class _Parameters(Block):
    """All parameters of a run, but the blocks of the lanes."""

    data_root: Annotated[Name, AfterValidator(_place)] = Field(
        default="data",
        description="Folder of all artifacts: absolute, or from the project's folder; "
        "or s3://bucket/path, a place in an S3-compatible store.",
    )
    verify: Literal["quick", "full", "skip"] = Field(
        default="quick",
        description="How files are compared with what was saved, before they are read. "
        "quick: up to 16 MB by SHA-256, larger ones by size; full: all by SHA-256; "
        "skip: not at all.",
    )
    seed: int = Field(
        ge=0,
        le=LARGEST_SEED,
        description="Seed of the sample, the split, and the validation and test noise.",
    )
    images: ImagesParameters
    split: SplitParameters
    noise: NoiseParameters
    reporting: ReportingParameters
    baselines: BaselinesParameters
    inference: InferenceParameters
    tuning: TuningParameters
    compared_lane: Literal[tuple(lane.name for lane in LANES)] = Field(  # type: ignore[valid-type]
        default="resunet",
        description="Lane of which the pipeline `compare` compares two runs.",
    )
    run_version: str | None = Field(
        default=None,
        description="Version that the run saves under, so that several processes can "
        "share one: a moment of UTC such as 2026-01-31T12.30.00.000Z, by --params "
        "only. What it has already is not made again. null: a version of its own.",
    )

    @model_validator(mode="after")
    def _titles_tell_models_apart(self) -> _Parameters:
        by_title: dict[str, str] = {}
        for lane in LANES:
            title = getattr(self, lane.name).title
            if title.casefold() in _OUR_TITLES:
                raise ValueError(
                    f"{lane.name}.title is {title!r}, as tables and figures call a row "
                    "of their own: choose another"
                )
            if title in by_title:
                raise ValueError(
                    f"{by_title[title]}.title and {lane.name}.title are both "
                    f"{title!r}: give each its own"
                )
            by_title[title] = lane.name
        return self


_LANES: dict[str, Any] = {lane.name: (LaneParameters, ...) for lane in LANES}

Parameters = create_model(
    "Parameters",
    __base__=_Parameters,
    __doc__="All parameters of a run.",
    **_LANES,
)


def check_parameters(parameters: dict[str, Any]) -> _Parameters:
    """Check every parameter of a run at once.

    Args:
        parameters: The merged configuration, as Kedro's loader gives it.

    Returns:
        The same, typed.

    Raises:
        ParameterError: With one line for each parameter that is unknown (and the
            nearest name that exists), missing, of another type or out of bounds.
    """
    try:
        return Parameters.model_validate(parameters)
    except ValidationError as error:
        lines = [explain(item, Parameters) for item in error.errors(include_url=False)]
    if len(lines) == 1:
        raise ParameterError(f"Nothing was run: {lines[0]}.")
    raise ParameterError(
        f"Nothing was run: {len(lines)} parameters are wrong:"
        + "".join(f"\n- {line}" for line in lines)
    )
