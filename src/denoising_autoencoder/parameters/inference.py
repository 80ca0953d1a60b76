"""The block of parameters_inference.yml."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from denoising_autoencoder.parameters.blocks import Name, one_error
from denoising_autoencoder.parameters.lanes import ThreadCount
from denoising_autoencoder.validation import Block

OF_THE_CATALOG = ("input", "output", "model", "overwrite", "most_megapixels")
"""Fields that datasets read, from `--params` or a file of `--config` only."""

Sigma = Annotated[
    Annotated[float, Field(ge=0, le=255)] | Literal["auto"],
    one_error("sigma", "input should be auto or a number from 0 up to 255"),
]
"""A noise level in levels of 255; auto: estimated for each picture."""

Inputs = Annotated[
    Name | Annotated[list[Name], Field(min_length=1)],
    one_error("inputs", "input should be one line of text, or a list of such lines"),
]
"""Files, folders and patterns."""


class InferenceParameters(Block):
    """Pictures of your own that the pipeline `inference` denoises."""

    without_effect: ClassVar[frozenset[str]] = frozenset({"overwrite", "threads"})
    """Fields that do not change the results."""

    input: Inputs | None = Field(
        default=None,
        description="A file, a folder or a pattern, or a list of them; absolute, or "
        "from the project's folder.",
    )
    output: Name | None = Field(
        default=None,
        description="Folder for the outputs; null: `denoised`, beside the first input.",
    )
    model: Name | None = Field(
        default=None,
        description="A lane (`resunet`: its newest model), a version of it "
        "(`resunet@VERSION`), or a .safetensors file; null: the package's own.",
    )
    sigma: Sigma = Field(
        default="auto",
        description="Noise level in grey levels of 255; auto estimates it for each "
        "picture.",
    )
    strength: float = Field(
        default=1.0,
        ge=0,
        le=2,
        description="How much of the noise goes: 0 none, 1 what the model says.",
    )
    compare: bool = Field(
        default=False,
        description="Whether before and after are written at 1:1, too, for the busiest "
        "region of each picture.",
    )
    overwrite: bool = Field(
        default=False, description="Whether outputs that exist are replaced."
    )
    most_megapixels: float = Field(
        default=200,
        gt=0,
        le=100_000,
        description="Megapixels of the largest picture that is opened.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="auto: cuda if PyTorch finds it, else cpu."
    )
    threads: ThreadCount = Field(
        default="auto",
        description="Number of CPU threads; auto: one for each core that the run may "
        "use.",
    )
