"""Which images the run used, how many for what, and which noise they got."""

from __future__ import annotations

from denoising_autoencoder.page import Section
from denoising_autoencoder.pipelines.reporting.results import Results, leak_in_words

_COLORS = 3


def section(results: Results) -> Section:
    """Images and noise."""
    originals = results.datasets["raw_test_images"]
    height, width, channels = originals.shape[1:]
    colors = "and three colours" if channels == _COLORS else "in grey"
    images = (
        f"{results.images}: {len(results.datasets['train_indices']):,} images for "
        f"training, {len(results.datasets['validation_indices']):,} for validation, "
        f"{len(originals):,} for test, of {width}x{height} pixels {colors}, mapped to "
        "[-1, 1]."
    )
    text = [images, *leak_in_words(results.datasets["metrics"])]
    if results.titles("noisy"):
        noise = "Validation and test images have the same noise for every model."
        text.append(" ".join([f"{results.noise}.", noise, *_training_noise(results)]))
    return Section("data", "Data", text)


def _training_noise(results: Results) -> list[str]:
    """A sentence for all denoisers, or one for each way in which they were trained."""
    titles: dict[str, list[str]] = {}
    for name, title in results.titles("noisy").items():
        recipe = results.recipe(name)
        if recipe is not None:
            titles.setdefault(_noise_of(recipe.get("noisy_inputs")), []).append(title)
    if len(titles) == 1:
        return [f"Training images get {noise}." for noise in titles]
    return [
        f"For {', '.join(some)}, training images get {noise}."
        for noise, some in titles.items()
    ]


def _noise_of(noisy_inputs: int | None) -> str:
    if noisy_inputs is None:
        return "new noise each time"
    if noisy_inputs == 1:
        return "the same noise each time"
    return f"{noisy_inputs:,} different noises in turn"
