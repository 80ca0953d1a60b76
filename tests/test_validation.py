"""Messages about a field that is one of several blocks, as `noise` may be."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError

from denoising_autoencoder.validation import Block, explain


class Round(Block):
    kind: Literal["round"]
    radius: float = Field(gt=0)


class Square(Block):
    kind: Literal["square"]
    side: float


class Whole(Block):
    shape: Annotated[Round | Square, Field(discriminator="kind")]


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ({"kind": "round", "radius": -1}, "shape.radius = -1: input should be greater"),
        ({"kind": "square"}, "parameter shape.side is missing: add it"),
        (
            {"kind": "square", "side": 1.0, "sid": 2},
            "unknown parameter shape.sid (did you mean shape.side?)",
        ),
        (
            {"kind": "square", "side": 1.0, "radius": 2},
            "unknown parameter shape.radius (known: kind, side)",
        ),
        ({"kind": "oval"}, "shape.kind = 'oval': input should be 'round' or 'square'"),
        ({"side": 1.0}, "parameter shape.kind is missing: add it"),
        ([], "shape = []: input should be a block of kind"),
    ],
)
def test_a_mistake_is_named_without_the_kind_of_the_block(shape: Any, message: str):
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate({"shape": shape})

    (error,) = caught.value.errors(include_url=False)
    assert explain(error, Whole).startswith(message)
