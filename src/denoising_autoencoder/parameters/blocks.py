"""Types that several blocks of parameters use."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from denoising_autoencoder.validation import LONGEST_TITLE

LARGEST_SEED = 2**64 - 1
"""The largest seed of PyTorch's generators; NumPy's take any."""


def _one_line(text: str) -> str:
    """Refuse text that no title, table or path can hold."""
    if not text.isprintable() or (text and not text.strip()):
        raise PydanticCustomError(
            "one_line", "input should be one line of visible characters"
        )
    return text


Line = Annotated[str, AfterValidator(_one_line)]
"""A line of text, which may be empty."""

Name = Annotated[str, Field(min_length=1), AfterValidator(_one_line)]
"""A line of text, which may not be empty."""

Title = Annotated[
    str, Field(min_length=1, max_length=LONGEST_TITLE), AfterValidator(_one_line)
]
"""A name for tables and titles."""
