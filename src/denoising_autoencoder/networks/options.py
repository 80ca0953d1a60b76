"""What all networks' options have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class NetworkOptions(BaseModel):
    """The options of a network; each network states its own in a subclass."""

    # Not strict, since a list in YAML or JSON stands for a tuple; each number is.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @property
    def smallest_side(self) -> int:
        """Side of the smallest image that the network takes, in pixels."""
        return 1
