"""PSNR against bits per pixel: what is chosen, on which images, and its values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from denoising_autoencoder.denoisers import codec
from denoising_autoencoder.evaluation.code_length import fit_code_model
from denoising_autoencoder.evaluation.image_files import Compressed, compress_as_jpeg
from denoising_autoencoder.evaluation.metrics import score_images
from denoising_autoencoder.evaluation.pca import fit_pca
from denoising_autoencoder.images import normalize, unnormalize
from denoising_autoencoder.pipelines.codes import rate_methods, rate_nodes, summary
from denoising_autoencoder.pipelines.codes.nodes import first_components
from denoising_autoencoder.pipelines.codes.rate_methods import Setting

SIZE = 24


class LinearCodec:
    """An autoencoder that is PCA."""

    def __init__(self, code_pca: np.ndarray) -> None:
        self._pca = first_components(code_pca, SIZE)

    def encode(self, images: np.ndarray) -> np.ndarray:
        return self._pca.encode(images)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return unnormalize(self._pca.decode(codes)).reshape(-1, 32, 32, 3)


@pytest.fixture(scope="module")
def crops(photograph) -> np.ndarray:
    """Crops of 32x32 in random order, in [-1, 1]."""
    crops = photograph.reshape(16, 32, 16, 32, 3).swapaxes(1, 2).reshape(-1, 32, 32, 3)
    return normalize(np.random.default_rng(0).permutation(crops))


@pytest.fixture(scope="module")
def code_pca(crops) -> np.ndarray:
    fitted = fit_pca(crops[:180], 2 * SIZE)
    return np.concatenate([fitted.mean[None].numpy(), fitted.components.numpy()])


@pytest.fixture(scope="module")
def table(crops, code_pca) -> pd.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rate_methods, "QUALITIES", (5, 30, 90))
        patch.setattr(codec, "trained_codec", lambda model, *_: LinearCodec(model))
        patch.setattr(
            rate_nodes, "MOST", {"training": 170, "validation": 30, "test": 20}
        )
        parts = crops[:180], crops[180:220], crops[220:]
        fields = "train_codes", "validation_codes", "codes"
        linear = LinearCodec(code_pca)
        codes = {
            f"lane.{field}": linear.encode(part)
            for field, part in zip(fields, parts, strict=True)
        }
        return rate_nodes.measure_rates(
            *parts,
            np.arange(len(crops) - 220, dtype=np.int32),
            {"name": "crops"},
            code_pca,
            **{"lane.model": code_pca, "lane.device": "cpu", "lane.precision": "auto"},
            **codes,
        )


def test_an_autoencoder_that_is_pca_has_the_rates_of_pca_with_as_many_numbers(table):
    by_method = {
        method: rows.drop(columns="method").reset_index(drop=True)
        for method, rows in table.groupby("method")
    }

    pd.testing.assert_frame_equal(by_method["code"], by_method["pca"])
    assert set(by_method["pca"]["code_size"]) == {SIZE}
    assert len(by_method["pca"]) > 4


def test_a_row_has_the_bits_and_the_scores_of_the_test_images(table, crops, code_pca):
    row = table[table["method"] == "code"].iloc[2]
    training = crops[:180][np.linspace(0, 179, 170).astype(int)]
    test = crops[220:][np.linspace(0, len(crops) - 221, 20).astype(int)]
    linear = LinearCodec(code_pca)

    model = fit_code_model(linear.encode(training), row["step"])

    symbols = model.quantize(linear.encode(test))
    decoded = linear.decode(model.dequantize(symbols))
    scores = score_images(decoded, unnormalize(test))
    assert row["bits_per_pixel"] == pytest.approx(model.bits(symbols).mean() / 32**2)
    assert row["header_bits_per_pixel"] == 0
    assert row["psnr"] == pytest.approx(scores["psnr"].mean())
    assert row["psnr_se"] == pytest.approx(scores["psnr"].std() / 20**0.5)
    assert row["ssim"] == pytest.approx(scores["ssim"].mean())
    assert (row["n_images"], row["images"]) == (20, "crops")
    assert row["setting"] == f"24 numbers, step {row['step']:.3g}"


def test_codes_that_do_not_vary_have_one_setting(crops, code_pca):
    constant = np.full_like(crops[:30], 0.25)
    images = dict.fromkeys(("training", "validation", "test"), constant)
    chosen = dict.fromkeys(images, np.arange(30))

    settings = rate_methods.settings_of(images, chosen, code_pca, {})["pca"]

    assert settings == []
    coded = rate_methods._Coded(
        dict.fromkeys(images, np.ones((30, 4), np.float16)),
        lambda _: unnormalize(constant),
    )
    (only,) = rate_methods._quantized("pca", coded)
    assert 0 < only.compress("test").bits.mean() < 1


def test_files_are_those_of_the_test_images_with_headers_apart(table, crops):
    rows = table[table["method"] == "jpeg"]
    row = rows.iloc[-1]
    quality, colors = int(row["quality"]), row["setting"].split(", ")[1]
    test = crops[220:][np.linspace(0, len(crops) - 221, 20).astype(int)]

    made = compress_as_jpeg(unnormalize(test), quality, colors)

    assert row["setting"] == f"quality {quality}, {colors}"
    assert row["bits_per_pixel"] == made.bits.mean() / 32**2
    # 625 bytes of headers, of which 570 are tables.
    assert set(rows["header_bits_per_pixel"]) == {625 * 8 / 32**2}
    assert set(rows["table_bits_per_pixel"]) == {570 * 8 / 32**2}
    assert rows[["code_size", "step"]].isna().all(axis=None)


def test_settings_are_chosen_on_validation_images_only():
    originals = np.full((4, 8, 8, 3), 100, np.uint8)
    asked = []

    def setting(name: str, bits: float, off: int) -> Setting:
        def compress(part: str) -> Compressed:
            asked.append(part)
            none = np.zeros(4)
            return Compressed(originals + np.uint8(off), none + bits, none, none)

        return Setting("method", name, compress)

    chosen = rate_nodes.worth_it(
        [
            *(setting("many bits", 90, 1), setting("few bits", 10, 40)),
            *(setting("some bits", 30, 5), setting("worse", 40, 20)),
        ],
        originals,
    )

    assert [it.words for it in chosen] == ["few bits", "some bits", "many bits"]
    assert set(asked) == {"validation"}


def test_the_figure_has_a_curve_for_each_method_and_a_thin_one_for_whole_files(table):
    figure = rate_nodes.plot_rates(table)

    (axes,) = figure.axes
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["autoencoder", "PCA", "JPEG", "WebP"]
    webp, whole = axes.lines[-2:]
    rows = table[table["method"] == "webp"]
    x, y = (values[webp.get_markevery()] for values in webp.get_data())
    np.testing.assert_allclose(x, rows["bits_per_pixel"])
    np.testing.assert_allclose(y, rows["psnr"])
    assert whole.get_linewidth() < webp.get_linewidth()
    assert whole.get_color() == webp.get_color()
    headers = rows["header_bits_per_pixel"].iloc[0]
    assert whole.get_xdata()[0] == pytest.approx(x[0] + headers)
    assert axes.get_xscale() == "log"
    assert "crops, 20 test images" in figure.get_suptitle()


def test_between_two_settings_a_curve_is_straight_in_bits(table):
    figure = rate_nodes.plot_rates(table)

    pca = figure.axes[0].lines[1]
    x, y = pca.get_data()
    first, second = pca.get_markevery()[:2]
    middle = (first + second) // 2
    share = (x[middle] - x[first]) / (x[second] - x[first])
    assert 0.2 < share < 0.8
    assert y[middle] == pytest.approx(y[first] + share * (y[second] - y[first]))


def test_the_closing_table_has_the_psnr_between_the_settings():
    table = pd.DataFrame(
        {
            "method": ["pca", "pca", "webp", "webp"],
            "bits_per_pixel": [0.25, 0.75, 0.4, 1.0],
            "psnr": [20.0, 26.0, 25.0, 31.0],
            "n_images": 20,
            "images": "crops",
        }
    )
    console = Console(width=80)

    with console.capture() as captured:
        console.print(summary.TABLES["code_rates"](table))

    lines = [line.split() for line in captured.get().splitlines()]
    assert ["PCA,", "dB", "-", "20.00", "23.00", "-", "-"] in lines
    assert ["WebP,", "dB", "-", "-", "26.00", "31.00", "-"] in lines


def test_steps_are_a_geometric_grid_around_the_deviation_of_the_codes():
    ratios = np.divide(rate_methods.STEPS[:-1], rate_methods.STEPS[1:])

    np.testing.assert_allclose(ratios, 2**0.5)
    assert rate_methods.STEPS[2] == 1
