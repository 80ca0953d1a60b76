"""Every parameter of the project: its type, its bounds, and what it means.

`Parameters` mirrors the top level of conf/base/parameters_*.yml. The nodes receive the
blocks below as instances of these classes, checked before any work.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from denoising_autoencoder.errors import ParameterError


class _Block(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, strict=True
    )


class ImagesParameters(_Block):
    """Where the images come from."""

    source: Literal["auto", "cifar10", "sample", "npz"] = Field(
        description="auto takes CIFAR-10 where it can be had, else the sample."
    )
    path: str | None = Field(
        default=None, description="The .npz file, absolute or from the project's root."
    )
    name: str | None = Field(
        default=None,
        min_length=1,
        description="What tables and titles call the images of an npz; a name that "
        "begins with CIFAR-10 says that they are.",
    )

    @model_validator(mode="after")
    def _npz_has_a_path(self) -> ImagesParameters:
        if self.source == "npz" and not self.path:
            raise ValueError(
                "images.source=npz needs images.path, the .npz file to read"
            )
        if self.source != "npz" and (self.path or self.name):
            raise ValueError(
                "images.path and images.name belong to images.source=npz; "
                f"with images.source={self.source} leave them out"
            )
        return self


class SplitParameters(_Block):
    """How the training images are divided."""

    validation_fraction: float = Field(
        gt=0, lt=1, description="Share of the training images held out for validation."
    )


class NoiseParameters(_Block):
    """What is added to the clean images."""

    kind: Literal["gaussian"] = Field(description="Zero mean, independent per value.")
    std: float = Field(
        gt=0, le=2, description="Standard deviation on the [-1, 1] scale."
    )
    clamp: bool = Field(description="Whether noisy images are clamped to [-1, 1].")


class TrainingParameters(_Block):
    """The recipe by which a network is trained."""

    steps: int = Field(ge=1, description="Optimizer steps, unless epochs is set.")
    epochs: float | None = Field(
        default=None, gt=0, description="Passes over the training images, else null."
    )
    batch_size: int = Field(ge=1, description="Images a step.")
    optimizer: Literal["adam", "adamw", "sgd"]
    learning_rate: float = Field(gt=0, le=10, description="The schedule's highest.")
    schedule: Literal["constant", "cosine", "one_cycle"]
    weight_decay: float = Field(ge=0, le=1)
    momentum: float = Field(
        ge=0, lt=1, description="Of sgd; Adam's first moment decays at 0.9 regardless."
    )
    validation_interval: int = Field(
        ge=1, description="Steps between two records of the loss history."
    )
    seed: int = Field(ge=0, description="Of weights, batch order and training noise.")
    device: Literal["auto", "cpu", "cuda"] = Field(description="auto: cuda if there.")
    threads: int = Field(ge=1, le=1024, description="Of the CPU, for one training.")


class LaneParameters(TrainingParameters):
    """One model: its network and the recipe by which it is trained."""

    title: str = Field(min_length=1, description="What the run's output calls it.")
    network: Literal["report"]


class ReportingParameters(_Block):
    """What the figures show."""

    examples: int = Field(
        ge=1, le=20, description="How many of the first test images are shown."
    )


class Parameters(_Block):
    """All parameters of a run."""

    data_root: str = Field(
        default="data", min_length=1, description="Folder of all artifacts."
    )
    seed: int = Field(
        ge=0, description="Of the sample, the split, and validation and test noise."
    )
    images: ImagesParameters
    split: SplitParameters
    noise: NoiseParameters
    ae: LaneParameters
    dae: LaneParameters
    reporting: ReportingParameters


def check_parameters(parameters: dict[str, Any]) -> Parameters:
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
        lines = [_explain(item) for item in error.errors(include_url=False)]
    if len(lines) == 1:
        raise ParameterError(f"Nothing was run: {lines[0]}.")
    raise ParameterError(
        f"Nothing was run: {len(lines)} parameters are wrong:"
        + "".join(f"\n- {line}" for line in lines)
    )


def _explain(item: Any) -> str:
    location = [str(part) for part in item["loc"]]
    name = ".".join(location)
    if item["type"] == "extra_forbidden":
        known = _fields_at(location[:-1])
        near = get_close_matches(location[-1], known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
        return f"unknown parameter {name} ({hint})"
    if item["type"] == "missing":
        return f"parameter {name} is missing"
    if item["type"] == "value_error":
        return str(item["ctx"]["error"])
    message = item["msg"][0].lower() + item["msg"][1:]
    return f"{name} = {item['input']!r}: {message}"


def _fields_at(location: list[str]) -> list[str]:
    """Names of the fields of the block that the dotted location leads to."""
    block: Any = Parameters
    for part in location:
        block = block.model_fields[part].annotation
    return list(block.model_fields)
