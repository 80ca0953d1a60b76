"""Types that several blocks of parameters use."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
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


def one_error(kind: str, allowed: str) -> WrapValidator:
    """Say what is allowed in one sentence, not in one for each member of a union.

    Args:
        kind: Name of the error.
        allowed: The sentence, which begins with "input should be".
    """

    def check(value: Any, of_pydantic: ValidatorFunctionWrapHandler) -> Any:
        try:
            return of_pydantic(value)
        except ValidationError as error:
            raise PydanticCustomError(kind, allowed) from error

    return WrapValidator(check)
