"""What stands on the page of a run."""

from __future__ import annotations

import io
import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from denoising_autoencoder.images import normalize
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.pipelines.reporting import nodes
from denoising_autoencoder.pipelines.reporting.page_nodes import write_page

NOISE = {"kind": "gaussian", "std": 0.1, "clamp": True, "seed": 0}
COUNT = 12


def scores(psnr: float, std: float) -> pd.DataFrame:
    values = psnr + np.arange(COUNT) / 10
    return pd.DataFrame(
        {
            "image": range(COUNT),
            "photograph": range(COUNT),
            "noise_std": std,
            "mse": 4 * 10 ** (-values / 10),
            "psnr": values,
            "ssim": values / 50,
        }
    )


def history(last: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "step": [0, 0, 9, 9],
            "split": ["training", "validation"] * 2,
            "mse": [0.3, 0.2, last, last + 0.001],
        }
    )


def png() -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


def model(name: str = "report", **options) -> tuple:
    network = build_network(name, seed=0, **options)
    weights = {key: value.numpy() for key, value in network.state_dict().items()}
    # In another order than the network's, as a file may give them.
    weights = dict(reversed(weights.items()))
    return weights, {"network": name, "options": options, "noise": NOISE}


PROVENANCE = {
    "software": {"Python": "3.11.7", "torch": "2.14.1"},
    "hardware": {"processor": "A fast one", "cores": "2"},
    "artifacts": [
        {
            "dataset": "dae_model",
            "version": "2026-01-01T00.00.00.000Z",
            "sha256": "0123456789abcdef",
            "node": "dae.train",
            "parameters": {"dae": {"steps": 77}, "noise": {"std": 0.1}},
        }
    ],
}


def page(
    images: str = "CIFAR-10", dae: tuple | None = None, second: float | None = None
) -> str:
    """A page; `second` is the PSNR of another denoiser, after the DAE."""
    originals = np.random.default_rng(0).integers(0, 256, (COUNT, 16, 16, 3), np.uint8)
    ae_scores, dae_scores = scores(30, 0.0), scores(25, 0.1)
    noisy_scores = scores(20, 0.1)
    others = {} if second is None else {"other": scores(second, 0.1)}
    metrics = nodes.compare_models(
        {"name": images},
        NOISE,
        ae=ae_scores,
        noisy_input=noisy_scores,
        dae=dae_scores,
        **others,
    )
    histories = dict.fromkeys(others, history(0.03))
    losses = nodes.summarize_losses(
        metrics, ae=history(0.01), dae=history(0.02), **histories
    )
    models = {"ae": model(), "dae": dae or model(), **dict.fromkeys(others, model())}
    timing = pd.DataFrame({"step": [0, 9], "seconds": [0.1, 12.34]})
    more = {
        "other_title": "Another",
        "other_examples": png(),
        "other_timing": timing,
        "other_model": model(),
        "other_scores": others.get("other"),
        "other_images": originals,
    }
    return write_page(
        {"name": images},
        NOISE,
        np.arange(90),
        np.arange(10),
        originals,
        normalize(originals),
        noisy_scores,
        metrics,
        losses,
        nodes.compare_with_course_report(metrics, losses, NOISE),
        nodes.summarize_architectures(originals, **models),
        *[png()] * 4,
        PROVENANCE,
        ae_title="A plain AE",
        dae_title="A small DAE",
        ae_examples=png(),
        dae_examples=png(),
        ae_timing=timing,
        dae_timing=timing,
        ae_model=models["ae"],
        dae_model=models["dae"],
        dae_scores=dae_scores,
        dae_images=originals,
        **(more if others else {}),
    )


def words(html: str) -> str:
    """What a person reads."""
    body = re.sub(r"<(style|script)>.*?</\1>", " ", html, flags=re.DOTALL)
    text = unescape(re.sub(r"<[^>]+>", " ", body))
    return re.sub(r"\s+", " ", text)


@pytest.fixture(scope="module")
def whole() -> str:
    return page()


def test_the_run_is_told_in_the_order_of_the_course_report(whole):
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", whole)

    assert headings == [
        "1. Data", "2. Networks", "3. Losses", "4. Reconstructions", "5. Denoising",
        "6. Metrics", "7. Beside the course report", "8. First layers",
        "9. Parameters, versions, hardware",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "expected",
    [
        "A small DAE gives 25.55 dB, 5.00 dB more than the untouched input with 20.55",
        "90 images for training, 10 for validation, 12 for test, of 16x16 pixels",
        "Gaussian noise of std 0.1 (variance 0.01), clamped to [-1, 1]",
        "A small DAE: 1,611 parameters",
        "A small DAE 0.3000 0.0200 0.2000 0.0210",
        # s / sqrt(12) of values a tenth apart, times 1.96.
        "A small DAE 0.1 0.0112 25.55 ± 0.20",
        "A small DAE minus untouched input +5.00",
        "dae_model 2026-01-01T00.00.00.000Z 0123456789ab dae.train",
        "processor A fast one",
        "torch 2.14.1",
        "A small DAE 12.3",
        "dae.train: dae: steps: 77 noise: std: 0.1",
        "A small DAE, test PSNR 24.48 25.55",
    ],
)
def test_the_page_says(whole, expected):
    assert expected in words(whole)


def test_pictures_and_sliders_have_their_places(whole):
    # Curves, two examples, errors, extremes, sigma, histogram, two first layers; and
    # two images for each of six sliders.
    assert whole.count("<img ") == 9 + 12
    assert whole.count('class="comparison"') == 6
    assert "Test image 6: noisy, 20.5 dB | A small DAE, 25.5 dB" in words(whole)
    assert len(whole) < 3e6


def test_where_the_report_gives_no_figure_none_stands_there():
    text = words(page("photographs"))

    assert "The report gives no figure for these images." in text
    assert "24.48" not in text


def test_a_network_that_sees_squares_of_pixels_has_no_filters_to_show():
    html = page(dae=model("ffdnet", width=4, layers=2))

    assert html.count("<img ") == 8 + 12
    assert "The filters of the first layer of A plain AE" in html


@pytest.mark.parametrize(("second", "best"), [(24.0, "A small DAE"), (27.0, "Another")])
def test_the_denoiser_with_the_highest_psnr_leads_wherever_it_stands(second, best):
    text = words(page(second=second))

    gives = max(second, 25.0) + 0.55
    assert f"{best} gives {gives:.2f} dB, {gives - 20.55:.2f} dB more" in text
    assert f"Test image 1: noisy, 20.0 dB | {best}, {max(second, 25.0):.1f} dB" in text
