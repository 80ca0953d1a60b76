"""The block of a lane in parameters_lanes.yml."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from denoising_autoencoder.networks.table import NETWORKS, check_options
from denoising_autoencoder.parameters.blocks import LARGEST_SEED, Title, one_error
from denoising_autoencoder.validation import Block

_MOST_STEPS = 10**9
"""Weeks of training, even for the smallest network."""

_MOST_EPOCHS = 10**5
"""More than anyone trains for. Times any number of images it is still finite."""

_LARGEST_BATCH = 2**16
"""All of CIFAR-10 at once. A larger batch is a slip that fills the memory."""


_MOST_THREADS = 1024

ThreadCount = Annotated[
    Annotated[int, Field(ge=1, le=_MOST_THREADS)] | Literal["auto"],
    one_error(
        "threads", f"input should be auto or an integer from 1 up to {_MOST_THREADS}"
    ),
]
"""A number of CPU threads; auto: one for each core that the process may use."""


class TrainingParameters(Block):
    """The recipe of a training."""

    without_effect: ClassVar[frozenset[str]] = frozenset(
        {"title", "checkpoint_seconds", "threads"}
    )
    """Fields that do not change the result of a training."""

    steps: int = Field(
        ge=1, le=_MOST_STEPS, description="Optimizer steps, unless epochs is set."
    )
    epochs: float | None = Field(
        default=None,
        gt=0,
        le=_MOST_EPOCHS,
        description="Passes over the training images; null: steps counts.",
    )
    batch_size: int = Field(
        ge=1,
        le=_LARGEST_BATCH,
        description="Number of images in a step; at most all training images.",
    )
    optimizer: Literal["adam", "adamw", "sgd", "muon"] = Field(
        description="Adam, AdamW, SGD, or Muon for filters with AdamW for the rest."
    )
    learning_rate: float = Field(
        gt=0, le=10, description="Highest learning rate of the schedule."
    )
    schedule: Literal["constant", "cosine", "one_cycle", "linear"] = Field(
        description="one_cycle and linear rise in the first tenth of the steps, then "
        "fall to 0: along half a cosine, or in a straight line."
    )
    weight_decay: float = Field(
        ge=0, le=1, description="Part of the gradient of adam and sgd, else decoupled."
    )
    loss: Literal["mse", "l1", "psnr"] = Field(
        default="mse",
        description="psnr is the mean over the images of their negative PSNR, in dB.",
    )
    l1_penalty: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Factor of the sum of absolute weights that is added to the loss.",
    )
    augmentation: Literal["none", "dihedral"] = Field(
        default="none",
        description="dihedral: each batch contains all flips and transposes.",
    )
    noisy_inputs: int | None = Field(
        default=None,
        ge=1,
        le=_MOST_STEPS,
        description="Number of noisy versions of an image; null: new noise each time.",
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="float32",
        description="Precision of the convolutions; auto: bfloat16 if the processor "
        "has instructions for it.",
    )
    momentum: float = Field(
        ge=0, lt=1, description="Momentum of sgd; other optimizers have their own."
    )
    muon_colors: bool = Field(
        default=False,
        strict=True,
        description="Whether muon also updates the layers that read or write colours, "
        "which AdamW updates otherwise.",
    )
    validation_interval: int = Field(
        ge=1,
        le=_MOST_STEPS,
        description="Steps between two records of the loss history.",
    )
    checkpoint_seconds: float = Field(
        gt=0,
        description="Seconds between two checkpoints; shorter trainings save none.",
    )
    seed: int = Field(
        ge=0,
        le=LARGEST_SEED,
        description="Seed of the weights, the batch order and the training noise.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        description="auto: cuda if PyTorch finds it, else cpu."
    )
    micro_batch: int | None = Field(
        default=None,
        ge=1,
        le=_LARGEST_BATCH,
        description="Number of images of a step that one thread of the CPU computes at "
        "once; null: the whole batch, as on CUDA and with batch normalization.",
    )
    threads: ThreadCount = Field(
        description="Number of CPU threads, which changes no bit; auto: one for each "
        "core that the run may use."
    )


class LaneParameters(TrainingParameters):
    """A model: its network, and the recipe of its training."""

    without_effect: ClassVar[frozenset[str]] = TrainingParameters.without_effect | {
        "recipe"
    }

    recipe: Literal["own", "tuned"] = Field(
        default="own",
        description="own: the values of this block; tuned: those that the newest "
        "tuning of this lane chose (docs/tuning.md), except what `--params` names.",
    )
    title: Title = Field(description="Name of the model in tables, figures and logs.")
    network: Literal[tuple(NETWORKS)] = Field(  # type: ignore[valid-type]
        description="Name of the network."
    )
    options: dict[str, Any] = Field(
        default={},
        validate_default=True,
        description="The network's options that differ from its defaults.",
    )

    @field_validator("options")
    @classmethod
    def _options_of_the_network(
        cls, options: dict[str, Any], info: ValidationInfo
    ) -> dict[str, Any]:
        """Complete the options with the defaults, so that a model saves all of them.

        An option that is null is left out. Environments are merged, and this is how one
        of them undoes an option of another.
        """
        if "network" not in info.data:  # it has an error of its own
            return options
        given = {name: value for name, value in options.items() if value is not None}
        try:
            checked = check_options(info.data["network"], given)
        except ValueError as error:
            raise PydanticCustomError("network_options", str(error)) from error
        return checked.model_dump(mode="json")
