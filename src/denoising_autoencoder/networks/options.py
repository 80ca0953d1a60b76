"""What all networks' options have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class NetworkOptions(BaseModel):
    """The options of a network. Each network has a subclass of its own."""

    # Not strict, because YAML and JSON write a tuple as a list. Each number is strict.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @property
    def smallest_side(self) -> int:
        """Side of the smallest image that the network takes, in pixels."""
        return 1
