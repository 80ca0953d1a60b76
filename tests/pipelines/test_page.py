"""The page of a run, for several choices of lanes."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from denoising_autoencoder.datasets.tuning_results import TuningResult
from denoising_autoencoder.figures import as_png, psnr_histogram
from denoising_autoencoder.pipelines.reporting.figure_list import FIGURES
from denoising_autoencoder.pipelines.reporting.results import Results
from denoising_autoencoder.pipelines.reporting.sections import data
from denoising_autoencoder.pipelines.tuning.report import summarize
from tests.pipelines.reports import COUNT, ORIGINALS, Trained, report
from tests.tuning.chosen import judged, own_block, tuned_recipe
from tests.tuning.recipes import tuning

AE = Trained("ae", "A plain AE", noisy=False, psnr=30)
DAE = Trained("dae", "A small DAE", noisy=True, psnr=25, noisy_inputs=3)

NEW = "training images get new noise each time"


def words(run: dict) -> str:
    """What a person reads."""
    page = run["report_page"]
    body = re.sub(r"<(style|script)>.*?</\1>", " ", page, flags=re.DOTALL)
    text = unescape(re.sub(r"<[^>]+>", " ", body))
    return re.sub(r"\s+", " ", text)


def figures(run: dict) -> int:
    """How many figures the run drew."""
    return sum(isinstance(made, Figure) for made in run.values())


def headings(run: dict) -> list[str]:
    return re.findall(r"<h2[^>]*>(.*?)</h2>", run["report_page"])


@pytest.fixture(scope="module")
def whole() -> dict:
    return report(AE, DAE, drawn=True)


def test_the_sections_have_the_order_of_the_course_report(whole):
    assert headings(whole) == [
        "1. Data", "2. Networks", "3. Losses", "4. Reconstructions", "5. Denoising",
        "6. Metrics", "7. Comparison with the course report", "8. First layers",
        "9. Parameters, versions, hardware",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "expected",
    [
        "A small DAE gives 25.55 dB,",
        "90 images for training, 10 for validation, 12 for test, of 16x16 pixels",
        "Gaussian noise of std 0.1 (variance 0.01), clamped to [-1, 1]",
        "Training images get 3 different noises in turn.",
        "A small DAE: 1,611 parameters",
        "A small DAE 0.3000 0.0200 0.2000 0.0210",
        # s / sqrt(12) of values a tenth apart, times 1.96.
        # Eight maps of 12x12 between encoder and decoder.
        "A small DAE 1,152 0.1 0.0112 25.55 ± 0.20",
        "PCA 3 0 ",
        "untouched input - 0.1 ",
        "An autoencoder must beat PCA, the best linear code,",
        "A small DAE minus untouched input +",
        "dae_model 2026-01-01T00.00.00.000Z 0123456789ab dae.train",
        "processor A fast one",
        "torch 2.14.1",
        "A small DAE 12.3",
        "dae.train: dae: noisy_inputs: 3 steps: 77",
        "A small DAE, test PSNR 24.48 25.55",
    ],
)
def test_the_page_says(whole, expected):
    assert expected in words(whole)


def test_pca_is_a_row_but_no_model_that_learned(whole):
    rows = whole["metrics"].set_index("model")

    assert list(rows.index) == ["ae", "pca", "noisy_input", "dae"]
    assert rows.loc["pca", ["noise", "code_size"]].tolist() == ["clean input", 3]
    assert np.isnan(rows["tflop"]["pca"])
    assert set(whole["losses"]["model"]) == {"ae", "dae"}
    assert "PCA" not in str(whole["course_report_comparison"])


def test_pca_is_not_called_the_best_model_even_if_it_is():
    worse = Trained("ae", "A bad AE", noisy=False, psnr=-9)

    run = report(worse)

    psnr = run["metrics"].set_index("model")["psnr"]
    assert psnr["pca"] > psnr["ae"]
    assert "A bad AE gives -8.45 dB." in words(run)


def test_there_is_no_pca_beside_denoisers_only():
    run = report(DAE)

    assert "pca_scores" not in run
    assert "PCA" not in words(run)


@pytest.mark.parametrize(("leaked", "times"), [(2, 2), (0, 0), (None, 0)])
def test_test_images_that_are_training_images_too_stand_with_data_and_metrics(
    leaked, times
):
    run = report(AE, leaked=leaked)

    found = words(run).count("2 of 12 test images are training images too: scores are")
    assert found == times
    column = run["metrics"]["n_test_in_training"]
    assert column.isna().all() if leaked is None else set(column) == {leaked}


def test_the_page_has_the_work_of_each_training(whole):
    tflop = whole["metrics"].set_index("model")["tflop"]
    macs = 2 * (3 * 8 * 9 * 14 * 14 + 8 * 8 * 9 * 12 * 12)  # at 16x16

    assert tflop["dae"] == pytest.approx(6 * macs * 1600 / 1e12)
    assert "PSNR, dB SSIM TFLOP A plain AE" in words(whole)
    assert f" {tflop['dae']:.3g} " in words(whole)


def test_a_tuning_on_the_same_images_has_a_section(project):
    own = own_block(project)
    found = summarize(
        pd.DataFrame({"state": ["complete", "pruned"], "seconds": [1.0, 2.0]}),
        tuned_recipe(own).model_dump(mode="json"),
        judged(own=[26.05, 26.1, 26.15], trial=[26.3, 26.4, 26.5]),
        pd.DataFrame({"parameter": ["learning_rate"], "importance": [1.0]}),
        {"name": "CIFAR-10"},
        tuning(),
        dae=own,
    )
    png = as_png(psnr_histogram({"DAE": np.array([20.0, 30.0])}, "title"))
    tuned = TuningResult(
        "2026-01-01T00.00.00.000Z", "12", "34", "56", found, {"slices": png}
    )

    page = report(AE, DAE, tunings=[tuned])

    assert headings(page)[-2:] == ["9. Tuning", "10. Parameters, versions, hardware"]
    text = words(page)
    for expected in (
        "DAE: 2 trials of 3 folds of the training images, with Gaussian noise of",
        "(version 2026-01-01T00.00.00.000Z). Trial 7 is better than the lane's own",
        "The model on this page is trained by its own recipe.",
        "trial 7 26.30 +0.20 +0.10 +0.30 0.002",
        "learning_rate 0.02 0.03 options.width 8 12",
        "trial 7 26.40 26.15 26.65 0.8000 1,700 0.4",
        "The score of each trial against each parameter.",
    ):
        assert expected in text


def test_the_lead_compares_with_the_untouched_input(whole):
    psnr = whole["metrics"].set_index("model")["psnr"]
    gain, untouched = psnr["dae"] - psnr["noisy_input"], psnr["noisy_input"]

    assert (
        f"A small DAE gives 25.55 dB, {gain:.2f} dB more than the untouched input with "
        f"{untouched:.2f} dB."
    ) in words(whole)


def test_pictures_and_sliders_have_their_places(whole):
    page = whole["report_page"]
    # All figures, the filters of two networks, and six sliders with two images each.
    assert page.count("<img ") == figures(whole) + 2 + 12
    assert page.count('class="comparison"') == 6
    noisy = whole["noisy_input_scores"]["psnr"][5]
    expected = f"Test image 6: noisy, {noisy:.1f} dB | A small DAE, 25.5 dB"
    assert expected in words(whole)
    assert len(page) < 3e6


def test_every_figure_of_the_list_has_a_section_to_be_in(whole):
    anchors = re.findall(r'<section id="([^"]+)"', whole["report_page"])

    assert {figure.section for figure in FIGURES} <= set(anchors)


def test_without_comparable_figures_none_are_shown():
    text = words(report(AE, DAE, images="photographs"))

    assert "The report gives no figure for these images." in text
    assert "24.48" not in text


def test_a_network_that_sees_squares_of_pixels_has_no_filters_to_show():
    options = {"width": 4, "layers": 2}
    squares = Trained("dae", "DAE", True, 25, network="ffdnet", options=options)

    run = report(AE, squares)

    assert run["report_page"].count("<img ") == figures(run) + 1 + 12
    assert "The filters of the first layer of A plain AE" in unescape(
        run["report_page"]
    )


@pytest.mark.parametrize(("psnr", "best"), [(24.0, "A small DAE"), (27.0, "Another")])
def test_the_best_denoiser_leads_wherever_it_stands(psnr, best):
    run = report(AE, DAE, Trained("other", "Another", noisy=True, psnr=psnr))

    text, highest = words(run), max(psnr, 25.0)
    assert f"{best} gives {highest + 0.55:.2f} dB" in text
    assert f"dB | {best}, {highest:.1f} dB" in text
    assert f"{best}: its worst, median and best images by PSNR." in text
    title = run["extremes"].texts[0].get_text()
    assert title.startswith(f"{best}, its worst")


# Exact images


@pytest.fixture(scope="module")
def collapsed() -> dict:
    """A DAE that is exact on five of the twelve images, and bad on the others."""
    dae = Trained("dae", "White", noisy=True, psnr=3, exact=5)
    return report(dae, Trained("other", "Another", noisy=True, psnr=25))


def test_a_denoiser_that_is_only_good_at_exact_images_is_not_the_best(collapsed):
    means = collapsed["metrics"].set_index("model")
    text = words(collapsed)

    assert means["n_exact"].to_dict() == {"noisy_input": 0, "dae": 5, "other": 0}
    assert means["psnr"].idxmax() == "dae"
    best, untouched = means["psnr_of_mean_mse"][["other", "noisy_input"]]
    assert (
        f"Another gives {best:.2f} dB (PSNR of the mean MSE), {best - untouched:.2f} "
        "dB more than the untouched input"
    ) in text
    assert "Another: its worst, median and best images by PSNR." in text
    assert "dB | Another, 25.0 dB" in text


def test_the_tables_of_the_page_agree_on_exact_images(collapsed):
    means = collapsed["metrics"].set_index("model")
    text = words(collapsed)

    dae, other = means.loc["dae"], means.loc["other"]
    assert f" {dae['psnr_of_mean_mse']:.2f} 5 {dae['ssim']:.4f} ±" in text
    lower = dae["psnr_of_mean_mse"] - other["psnr_of_mean_mse"]
    assert "Paired, image by image PSNR of the mean MSE dB" in text
    assert f"Another minus White {-lower:+.2f} " in text
    assert "one sample (one channel value of one pixel) were off by one level. " in text
    assert "With 16x16 pixels that is 77.0 dB." in text
    assert not re.search(r"\b(inf|nan)\b", text)


def test_the_figures_of_the_page_agree_on_exact_images(collapsed):
    def texts(figure: str) -> list[str]:
        return [text.get_text() for text in collapsed[figure].texts]

    assert texts("dae_examples").count("exact") == 5
    assert texts("error_maps").count("exact") == 5
    assert texts("extremes")[0].startswith("Another, its worst")
    (histogram,) = collapsed["psnr_histogram_figure"].axes
    legend = [text.get_text() for text in histogram.get_legend().get_texts()]
    assert legend[1] == "White, median 4.0 dB, 5 exact"


def test_a_reconstruction_may_be_exact_without_any_noise():
    run = report(Trained("ae", "A plain AE", noisy=False, psnr=30, exact=2))

    best = run["metrics"]["psnr_of_mean_mse"][0]
    assert f"A plain AE gives {best:.2f} dB (PSNR of the mean MSE)." in words(run)


def test_the_untouched_input_may_be_exact_as_the_best_denoiser_is():
    copy = Trained("dae", "A copy", noisy=True, psnr=20, exact=COUNT)

    run = report(copy, noisy=ORIGINALS)

    text = words(run)

    assert "76.98 dB (PSNR of the mean MSE), as much as the untouched input" in text
    assert "A copy minus untouched input +0.00 - - 0.0%" in text
    assert "noisy, exact | A copy, exact" in text
    shown = [one.get_text() for one in run["extremes"].texts]
    assert shown.count("exact") == 2 * 9
    assert not re.search(r"\b(inf|nan)\b", text)


# Training noise


@pytest.mark.parametrize(
    ("noisy_inputs", "expected"),
    [
        ((None, None), f"T{NEW[1:]}."),
        ((1, 1), "Training images get the same noise each time."),
        (
            (None, 3),
            f"For A, {NEW}. For B, training images get 3 different noises in turn.",
        ),
    ],
)
def test_the_page_says_which_noise_the_models_were_trained_with(noisy_inputs, expected):
    lanes = [
        Trained(name, name.upper(), True, 25, noisy_inputs=count)
        for name, count in zip("ab", noisy_inputs, strict=True)
    ]
    results = Results(
        images="mine",
        noise="Gaussian noise",
        lanes={
            lane.name: {"title": lane.title, "outputs": ORIGINALS} for lane in lanes
        },
        datasets={
            "raw_test_images": ORIGINALS,
            "metrics": pd.DataFrame({"model": ["a"]}),
            "train_indices": [0],
            "validation_indices": [1],
            "provenance": {"artifacts": [lane.artifact() for lane in lanes]},
        },
    )

    assert data.section(results).text[1] == (
        "Gaussian noise. Validation and test images have the same noise for every "
        f"model. {expected}"
    )


def test_lanes_that_are_not_in_the_course_report_are_not_compared_with_it():
    run = report(
        Trained("clean", "Clean", noisy=False, psnr=30),
        Trained("noisy", "Noisy", noisy=True, psnr=25),
    )

    assert "course_report_comparison" not in run
    assert not any("course report" in heading for heading in headings(run))
    assert len(headings(run)) == 8


def test_one_of_the_course_reports_models_is_compared_without_the_other():
    run = report(DAE)

    assert set(run["course_report_comparison"]["model"]) == {"dae"}
    assert "A small DAE, test PSNR 24.48 25.55" in words(run)
    assert "4. Denoising" in headings(run)


def test_clean_lanes_are_reported_without_any_noise():
    run = report(AE, Trained("other", "Another", noisy=False, psnr=31))

    assert headings(run) == [
        "1. Data", "2. Networks", "3. Losses", "4. Reconstructions", "5. Metrics",
        "6. Comparison with the course report", "7. First layers",
        "8. Parameters, versions, hardware",
    ]  # fmt: skip
    assert "Clean input; 12 test images. Another gives 31.55 dB." in words(run)
    assert not re.search(
        "untouched|noisy|Gaussian|denois", words(run).split("Param")[0]
    )
    assert run["metrics"]["model"].tolist() == ["ae", "other", "pca"]
    of_noise = {"noisy_input_scores", "sigma_scores", "error_maps", "extremes"}
    assert not of_noise & set(run)


def test_names_with_markup_and_in_any_script_stand_on_the_page_as_they_are():
    title, images = "<b>{best} & $x$</b>", "猫 {title} <i>"

    run = report(Trained("dae", title, noisy=True, psnr=25), images=images)

    assert "<b>" not in run["report_page"]
    assert "<i>" not in run["report_page"]
    shown = words(run)
    assert f"Autoencoders on {images}" in shown
    assert f"{title}: its worst, median and best images by PSNR" in shown
