"""The block of a lane, of parameters_lanes.yml."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from denoising_autoencoder.networks.table import check_options
from denoising_autoencoder.parameters.blocks import LARGEST_SEED, Name
from denoising_autoencoder.validation import Block

_MOST_STEPS = 10**9
"""Weeks of training, even of the smallest network."""

_MOST_EPOCHS = 10**5
"""More than anyone trains for; times any number of images it is still a number."""

_LARGEST_BATCH = 2**16
"""All of CIFAR-10 at once; a larger one is a slip that takes all memory."""


class TrainingParameters(Block):
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
    optimizer: Literal["adam", "adamw", "sgd", "muon"] = Field(
        description="Adam, AdamW, SGD, or Muon for filters with AdamW for the rest."
    )
    learning_rate: float = Field(gt=0, le=10, description="The schedule's highest.")
    schedule: Literal["constant", "cosine", "one_cycle"] = Field(
        description="one_cycle rises in the first tenth of the steps, then falls to 0."
    )
    weight_decay: float = Field(
        ge=0, le=1, description="Part of the gradient of adam and sgd, else decoupled."
    )
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
        le=LARGEST_SEED,
        description="Of weights, batch order and training noise.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(description="auto: cuda if there.")
    threads: int = Field(ge=1, le=1024, description="Of the CPU, for one training.")


class LaneParameters(TrainingParameters):
    """One model: its network and the recipe by which it is trained."""

    title: Name = Field(description="What the run's output calls it.")
    network: Literal["report", "resunet", "ffdnet"] = Field(
        description="Name of the network."
    )
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
