"""The tables and paths that are printed at the end of a run."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.io.core import Version

from denoising_autoencoder.artifacts.lineage import Lineage
from denoising_autoencoder.datasets.atomic import AtomicDataset
from denoising_autoencoder.hooks import summary
from denoising_autoencoder.pipeline_registry import SUMMARY_TABLES


def print_summary(outputs, catalog, seconds):
    summary.print_summary(outputs, catalog, seconds, SUMMARY_TABLES)


def printed(capsys) -> list[str]:
    """The lines that are not empty, each with single spaces."""
    lines = (" ".join(line.split()) for line in capsys.readouterr().out.splitlines())
    return [line for line in lines if line]


@pytest.mark.parametrize("name", ["mine [1]", "[/x]", "[red]cats[/red]", ":cat:"])
def test_the_name_of_the_images_is_printed_as_it_is(name, capsys):
    catalog = DataCatalog({"image_info": MemoryDataset({"name": name})})

    print_summary({"image_info"}, catalog, {})

    assert f"Images: {name}\n" in capsys.readouterr().out


def dataset(folder: Path, name: str, version: str) -> AtomicDataset:
    return AtomicDataset(
        filepath=str(folder / f"{name}.json"),
        dataset={"type": "json.JSONDataset"},
        version=Version(None, version),
    )


def test_the_images_are_those_that_the_outputs_were_made_from(tmp_path, capsys):
    for day, name in enumerate(("theirs", "others"), start=1):
        dataset(tmp_path, "image_info", f"2026-01-0{day}T00.00.00.000Z").save(
            {"name": name}
        )
    info = dataset(tmp_path, "image_info", "2026-01-03T00.00.00.000Z")
    model = dataset(tmp_path, "dae_model", "2026-01-03T00.00.00.000Z")
    model.made_by = Lineage(
        dataset="dae_model",
        ancestors={"image_info": info.lineage("2026-01-01T00.00.00.000Z").sha256},
    )
    model.save({})

    print_summary(
        {"dae_model"}, DataCatalog({"image_info": info, "dae_model": model}), {}
    )

    assert capsys.readouterr().out == "\nImages: theirs\n"


def test_baselines_are_printed_with_images_noise_and_times(capsys):
    row = {
        "psnr": 23.456, "psnr_se": 0.123, "ssim": 0.7654, "ssim_se": 0.0012,
        "images": "mine", "noise": "noise of std 0.3", "n_images": 1234,
        "standard_error": "by image",
    }  # fmt: skip
    table = pd.DataFrame(
        [
            {"method": "noisy_input", "ms_per_image": float("nan"), **row},
            {"method": "bm3d", "ms_per_image": 139.96, **row},
        ]
    )

    print_summary({"baselines"}, DataCatalog({"baselines": MemoryDataset(table)}), {})

    lines = printed(capsys)
    assert lines[0] == "Baselines · mine, 1,234 test images"
    assert "noisy_input 23.46 0.12 0.765 0.001 -" in lines
    assert "bm3d 23.46 0.12 0.765 0.001 139.96" in lines
    assert "noise of std 0.3" in lines
    assert "± standard error: by image; ms on one core of the CPU" in lines


def test_pairs_are_printed_for_the_best_network(capsys):
    table = pd.DataFrame(
        [
            ("dae", "bm3d", -0.85, -0.9, -0.8, 1e-9, 0.2),
            ("dae", "resunet", -2.2, -2.3, -2.1, 1e-9, 0.0),
            ("resunet", "bm3d", 1.321, 1.274, 1.368, 1e-9, 0.996),
            ("resunet", "dae", 2.2, float("nan"), float("nan"), 0.0123, 1.0),
            ("resunet", "tv", *[float("nan")] * 5),
        ],
        columns=[
            *("network", "method", "difference", "low", "high", "p_value"),
            "share_better",
        ],
    ).assign(noise="noise of std 0.3")

    print_summary(
        {"baselines_pairs"}, DataCatalog({"baselines_pairs": MemoryDataset(table)}), {}
    )

    lines = printed(capsys)
    where = "image by image: mean PSNR · noise of std 0.3"
    assert lines[0] == f"resunet minus each method, {where}"
    assert "bm3d +1.32 1.27 1.37 < .001 99.6 %" in lines
    assert "dae +2.20 - - 0.012 100.0 %" in lines
    assert "tv - - - - -" in lines
    assert not any("-0.85" in line for line in lines)


@pytest.mark.parametrize(
    ("columns", "lines"),
    [
        (
            44,
            [
                "  ae: train 23.8",
                "  reporting: score_noisy_input 0.4,",
                "             plot_ae 0.8, write_page 1.6",
            ],
        ),
        (
            24,
            [
                "  ae: train 23.8",
                "  reporting: score_noisy_input 0.4,",  # is not broken
                "        plot_ae 0.8,",
                "        write_page 1.6",
            ],
        ),
    ],
)
def test_seconds_are_wrapped_below_their_first_and_the_shortest_left_out(
    columns, lines, monkeypatch, capsys
):
    monkeypatch.setenv("COLUMNS", str(columns))
    seconds = {
        "ae.train": 23.84,
        "ae.reconstruct": 0.04,
        "reporting.score_noisy_input": 0.4,
        "reporting.plot_ae": 0.8,
        "reporting.write_page": 1.6,
    }

    print_summary(set(), DataCatalog({}), seconds)

    assert capsys.readouterr().out.splitlines() == [
        *("", "Seconds (26.7 in all):"),
        *lines,
    ]


def test_pages_and_pictures_are_named_by_their_paths(tmp_path, capsys):
    catalog = DataCatalog({})
    for name, file in (("report_page", "report.html"), ("curves", "curves.png")):
        catalog[name] = AtomicDataset(
            filepath=str(tmp_path / file),
            dataset={"type": "text.TextDataset"},
            version=Version(None, "one"),
        )
        catalog.save(name, "content")

    print_summary({"report_page", "curves"}, catalog, {})

    assert printed(capsys) == [
        *("Page:", str(tmp_path / "report.html/one/report.html")),
        *("Pictures:", str(tmp_path / "curves.png/one/curves.png")),
    ]
