"""What all networks' options have in common."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class NetworkOptions(BaseModel):
    """The options of a network. Each network has a subclass of its own."""

    # Not strict, because YAML and JSON write a tuple as a list. Each number is strict.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    channels: Literal[1, 3] = Field(
        default=3, description="Channels of the images: 3 for colour, 1 for grey."
    )

    @property
    def smallest_side(self) -> int:
        """Side of the smallest image that the network takes, in pixels."""
        return 1

    @property
    def image_size(self) -> tuple[int, int] | None:
        """Height and width that all images must have, in pixels; None for any."""
        return None

    @property
    def fewest_images(self) -> int:
        """The smallest number of images that the network can be trained on."""
        return 1

    def code_size(self, height: int, width: int) -> int | None:
        """How many numbers an image becomes between encoder and decoder.

        Args:
            height: Height of the image, in pixels.
            width: Width of the image, in pixels.

        Returns:
            The number; None if the network has no code that all of the image has to
            pass through.
        """
        del height, width
        return None
