"""Every parameter of the project: its type, its bounds, and what it means.

`Parameters` mirrors the top level of conf/base/parameters_*.yml. The nodes receive the
blocks below as instances of these classes, checked before any work.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.filter_options import FilterGrids
from denoising_autoencoder.network_options import check_options
from denoising_autoencoder.parameter_errors import explain

_LARGEST_SEED = 2**64 - 1
"""Of PyTorch's generators; NumPy's take any."""

_MOST_STEPS = 10**9
"""Weeks of training, even of the smallest network."""

_MOST_EPOCHS = 10**5
"""More than anyone trains for; times any number of images it is still a number."""

_LARGEST_BATCH = 2**16
"""All of CIFAR-10 at once; a larger one is a slip that takes all memory."""


def _one_line(text: str) -> str:
    """Refuse text that no title, table or path can hold."""
    if not text.isprintable() or (text and not text.strip()):
        raise PydanticCustomError(
            "one_line", "input should be one line of visible characters"
        )
    return text


_Line = Annotated[str, AfterValidator(_one_line)]
_Name = Annotated[str, Field(min_length=1), AfterValidator(_one_line)]


def _in_full(folder: str) -> str:
    if folder.startswith("~"):
        raise PydanticCustomError("in_full", "input should be written out, without ~")
    return folder


_Folder = Annotated[_Name, AfterValidator(_in_full)]


class _Block(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, strict=True
    )


class ImagesParameters(_Block):
    """Where the images come from."""

    source: Literal["auto", "cifar10", "sample", "npz"] = Field(
        description="auto takes CIFAR-10 where it can be had, else the sample."
    )
    path: _Line | None = Field(
        default=None, description="The .npz file, absolute or from the project's root."
    )
    name: _Name | None = Field(
        default=None,
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

    without_effect: ClassVar[frozenset[str]] = frozenset(
        {"title", "checkpoint_seconds"}
    )
    """Fields that change no bit of what a training gives."""

    steps: int = Field(
        ge=1, le=_MOST_STEPS, description="Optimizer steps, unless epochs is set."
    )
    epochs: float | None = Field(
        default=None,
        gt=0,
        le=_MOST_EPOCHS,
        description="Passes over the training images, else null.",
    )
    batch_size: int = Field(ge=1, le=_LARGEST_BATCH, description="Images a step.")
    optimizer: Literal["adam", "adamw", "sgd", "muon"]
    learning_rate: float = Field(gt=0, le=10, description="The schedule's highest.")
    schedule: Literal["constant", "cosine", "one_cycle"]
    weight_decay: float = Field(ge=0, le=1)
    loss: Literal["mse", "l1", "psnr"] = Field(
        default="mse",
        description="psnr is the mean over the images of their -PSNR, in dB.",
    )
    l1_penalty: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="On the sum of the absolute weights, added to the loss.",
    )
    augmentation: Literal["none", "dihedral"] = Field(
        default="none",
        description="dihedral: each batch holds all flips and transposes.",
    )
    noisy_inputs: int | None = Field(
        default=None,
        ge=1,
        le=_MOST_STEPS,
        description="Different noisy inputs of one image; null: new noise each time.",
    )
    ema_half_life: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Of the average of the weights, as a share of the steps; 0: none.",
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="float32",
        description="Of the convolutions; auto: bfloat16 where the processor is made "
        "for it.",
    )
    momentum: float = Field(
        ge=0, lt=1, description="Of sgd; Adam's first moment decays at 0.9 regardless."
    )
    muon_colors: bool = Field(
        default=False,
        strict=True,
        description="Of muon: whether it takes the layers that read and paint colours "
        "too, which else are Adam's.",
    )
    validation_interval: int = Field(
        ge=1,
        le=_MOST_STEPS,
        description="Steps between two records of the loss history.",
    )
    checkpoint_seconds: float = Field(
        gt=0, description="Between two checkpoints; shorter trainings save none."
    )
    seed: int = Field(
        ge=0,
        le=_LARGEST_SEED,
        description="Of weights, batch order and training noise.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(description="auto: cuda if there.")
    threads: int = Field(ge=1, le=1024, description="Of the CPU, for one training.")


class LaneParameters(TrainingParameters):
    """One model: its network and the recipe by which it is trained."""

    title: _Name = Field(description="What the run's output calls it.")
    network: Literal["report", "resunet", "ffdnet"]
    options: dict[str, Any] = Field(
        default={},
        validate_default=True,
        description="Of the network, where they differ from its defaults.",
    )

    @field_validator("options")
    @classmethod
    def _options_of_the_network(
        cls, options: dict[str, Any], info: ValidationInfo
    ) -> dict[str, Any]:
        """All options of the network, so that what is saved with a model is whole.

        One that is null is as if it were not there: an environment that names it is
        merged, and cannot be undone otherwise.
        """
        if "network" not in info.data:  # which has an error of its own
            return options
        named = {name: one for name, one in options.items() if one is not None}
        try:
            checked = check_options(info.data["network"], named)
        except ValueError as error:
            raise PydanticCustomError("network_options", str(error)) from error
        return checked.model_dump(mode="json")


class ReportingParameters(_Block):
    """What the figures show."""

    examples: int = Field(
        ge=1, le=20, description="How many of the first test images are shown."
    )
    sigmas: list[Annotated[float, Field(gt=0, le=2)]] = Field(
        min_length=2,
        max_length=50,
        description="Standard deviations at which each denoiser is tried.",
    )
    sigma_images: int = Field(
        ge=1, description="How many of the first test images it is tried on."
    )

    @field_validator("sigmas")
    @classmethod
    def _each_is_larger_than_the_one_before(cls, sigmas: list[float]) -> list[float]:
        if any(b <= a for a, b in pairwise(sigmas)):
            raise ValueError("each of reporting.sigmas must be larger than the last")
        return sigmas


class BaselinesParameters(_Block):
    """How classical filters are tuned, judged and shown."""

    without_effect: ClassVar[frozenset[str]] = frozenset({"processes"})
    """Fields that change no bit of what is given."""

    tuning_images: int = Field(
        ge=1, description="How many of the first validation images tune the filters."
    )
    test_images: int | None = Field(
        ge=1, description="How many of the first test images are denoised; null: all."
    )
    self_ensemble: bool = Field(
        description="Whether each network is judged by the mean of eight passes too."
    )
    timing_images: int = Field(
        ge=1, le=500, description="Images in a pass of a filter whose time is taken."
    )
    timing_seconds: float = Field(
        ge=0, le=600, description="For how long passes are repeated, for each method."
    )
    example: int = Field(
        ge=1, description="Which test image the figure shows, counted from 1."
    )
    processes: int | None = Field(
        ge=1,
        le=1024,
        description="Side by side; null: one for each core that the run may use.",
    )
    methods: FilterGrids

    @model_validator(mode="after")
    def _the_example_is_denoised(self) -> BaselinesParameters:
        if self.test_images is not None and self.example > self.test_images:
            raise ValueError(
                f"baselines.example is {self.example}, but only "
                f"{self.test_images} images (baselines.test_images) are denoised"
            )
        return self


class Parameters(_Block):
    """All parameters of a run."""

    data_root: _Folder = Field(default="data", description="Folder of all artifacts.")
    seed: int = Field(
        ge=0,
        le=_LARGEST_SEED,
        description="Of the sample, the split, and validation and test noise.",
    )
    images: ImagesParameters
    split: SplitParameters
    noise: NoiseParameters
    ae: LaneParameters
    dae: LaneParameters
    resunet: LaneParameters
    reporting: ReportingParameters
    baselines: BaselinesParameters
    compared_lane: Literal["ae", "dae", "resunet"] = Field(
        default="resunet",
        description="Of which the pipeline `compare` sets two runs side by side.",
    )

    @model_validator(mode="after")
    def _titles_tell_models_apart(self) -> Parameters:
        if len({self.ae.title, self.dae.title, self.resunet.title}) < 3:
            raise ValueError(
                "ae.title, dae.title and resunet.title must differ: give each its own"
            )
        return self


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
        lines = [explain(item, Parameters) for item in error.errors(include_url=False)]
    if len(lines) == 1:
        raise ParameterError(f"Nothing was run: {lines[0]}.")
    raise ParameterError(
        f"Nothing was run: {len(lines)} parameters are wrong:"
        + "".join(f"\n- {line}" for line in lines)
    )
