"""The lanes of the project: a model each, with its block of parameters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lane:
    """What tells one lane's wiring from another's.

    Attributes:
        name: Prefix of the lane's nodes (`name.train`) and datasets (`name_model`), and
            the name of its block of parameters.
        noisy: Whether the lane's inputs carry the noise of `noise_spec`; if not, they
            are clean.
        pipelines: Names of the pipelines that run the whole lane. `training`,
            `reporting` and `baselines` take the lanes of `denoise`.
    """

    name: str
    noisy: bool
    pipelines: tuple[str, ...] = ("denoise",)


LANES = (
    Lane("ae", noisy=False, pipelines=("denoise", "report_lanes")),
    Lane("dae", noisy=True, pipelines=("denoise", "report_lanes")),
    Lane("resunet", noisy=True),
    Lane("photo", noisy=True, pipelines=("photo",)),
    Lane("photo_grey", noisy=True, pipelines=("photo_grey",)),
    *(
        Lane(f"code_{numbers}", noisy=False, pipelines=("codes",))
        for numbers in (64, 128, 256, 512)
    ),
    Lane("code_128_noisy", noisy=True, pipelines=("codes",)),
)


def lanes_of(pipeline: str) -> tuple[Lane, ...]:
    """The lanes that belong to a pipeline, in the order of `LANES`."""
    return tuple(lane for lane in LANES if pipeline in lane.pipelines)
