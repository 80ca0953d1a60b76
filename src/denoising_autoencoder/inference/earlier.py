"""Pictures that an earlier call has written in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from denoising_autoencoder import __version__
from denoising_autoencoder.artifacts.files import sha256
from denoising_autoencoder.inference.denoise import Recipe
from denoising_autoencoder.inference.plan import comparison_of
from denoising_autoencoder.inference.record import Entry


def done_earlier(
    files: Mapping[str, Path],
    output: Path,
    recipe: Recipe,
    recorded: Mapping[str, Entry],
) -> dict[str, Entry]:
    """Find the pictures that need not be computed again, so that a call can go on.

    Args:
        files: File of each picture, by its name below the output folder.
        output: Folder for the outputs.
        recipe: How the pictures are denoised.
        recorded: What is recorded of the pictures there, by name.

    Returns:
        The entries of those that were made from the same bytes, in the same way, by
        this version, were not changed since, and have a comparison if the recipe does.
    """
    found = {}
    for name, source in files.items():
        entry, target = recorded.get(name), output / name
        # A file that cannot be read is named when it is opened.
        with suppress(OSError):
            if (
                entry
                and _same_way(entry, recipe)
                and _same_files(entry, source, target)
                and not (recipe.compare and not comparison_of(target).is_file())
            ):
                found[name] = entry
    return found


def _same_way(entry: Entry, recipe: Recipe) -> bool:
    models = {model.sha256 for model in recipe.models.values()}
    sigma = entry.get("sigma") if recipe.sigma is None else round(recipe.sigma, 3)
    return (
        entry.get("model_sha256") in models
        and entry.get("sigma_estimated") is (recipe.sigma is None)
        and entry.get("sigma") == sigma
        and entry.get("strength") == recipe.strength
        and entry.get("version") == __version__
    )


def _same_files(entry: Entry, source: Path, target: Path) -> bool:
    return (
        target.is_file()
        and not target.samefile(source)
        and entry.get("output_sha256") == sha256(target)
        and entry.get("input_sha256") == sha256(source)
    )
