from __future__ import annotations

from denoising_autoencoder.datasets.page import PageDataset


def test_a_page_is_loaded_as_it_was_saved_in_any_language(tmp_path):
    dataset = PageDataset(filepath=str(tmp_path / "page.html"))

    dataset.save("<p>Größe: 25 dB ± 1 · é</p>\n")

    assert dataset.load() == "<p>Größe: 25 dB ± 1 · é</p>\n"
    assert (tmp_path / "page.html").read_bytes().decode("utf-8") == dataset.load()
    assert dataset.preview() == dataset.load()
    assert type(dataset).preview.__annotations__["return"] == "HTMLPreview"
