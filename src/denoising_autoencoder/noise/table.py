"""The kinds of noise by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from denoising_autoencoder.noise.clean import Clean
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.noise.gaussian_range import GaussianRange
from denoising_autoencoder.noise.kind import Noise

KINDS: dict[str, type[Noise]] = {
    "gaussian": Gaussian,
    "gaussian_range": GaussianRange,
}
"""What `noise.kind` may be."""

_READ: dict[str, type[Noise]] = {**KINDS, "none": Clean}


def read_noise(spec: Mapping[str, Any]) -> Noise:
    """Build the noise that a block of parameters or a saved specification names.

    Args:
        spec: `kind` and the fields of that kind. Fields that are None count as left
            out, and so does `seed`, which a saved specification has too.

    Returns:
        The noise.

    Raises:
        KeyError: The kind is unknown.
        pydantic.ValidationError: A field is unknown, missing or out of bounds.
    """
    fields = {name: value for name, value in spec.items() if value is not None}
    fields.pop("seed", None)
    return _READ[fields["kind"]].model_validate(fields)
