"""What a call says of each picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.inference.denoise import Denoised, Recipe
from denoising_autoencoder.pictures.jpeg import Jpeg
from denoising_autoencoder.pictures.reading import shown

if TYPE_CHECKING:
    from denoising_autoencoder.pictures.kind import Picture


def how(denoised: Denoised, recipe: Recipe) -> str:
    """Noise level and strength in words."""
    estimated = " (estimated)" if recipe.sigma is None else ""
    return f"sigma {denoised.sigma:.3g}{estimated}, strength {recipe.strength:g}"


def what_was_done(
    name: str, picture: Picture, denoised: Denoised, recipe: Recipe
) -> str:
    """Name, size and treatment of a picture."""
    pages = f", {picture.pages} pages" if picture.pages > 1 else ""
    size = f"{picture.width}x{picture.height}{pages}"
    return f"{shown(name)}: {size}, {how(denoised, recipe)}"


def hint(picture: Picture, recipe: Recipe) -> str | None:
    """What to try if the result disappoints; None if nothing is known."""
    if recipe.sigma is None and isinstance(picture, Jpeg):
        return (
            "JPEG hides a part of the noise from the estimate: if grain stays, take "
            "--strength 1.5 or 2."
        )
    return None


def caption(name: str, denoised: Denoised, recipe: Recipe) -> list[str]:
    """The lines below a comparison."""
    return [
        shown(name),
        f"{how(denoised, recipe)}, model {shown(denoised.model.name)}",
    ]


def why_not(source: Path, error: Exception) -> str:
    """Why a picture was not written, in a sentence that names it."""
    if isinstance(error, ProjectError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"{shown(source)} needs more memory than this machine has."
    reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:200]
    return f"{shown(source)} could not be denoised to the end ({reason})."
