"""The benchmarks start, and write what docs/results/ needs."""

from __future__ import annotations

import csv
import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests import processes

PROJECT = Path(__file__).parents[1]
BENCHMARKS = [
    *([f"benchmarks/{name}.py"] for name in ("baselines", "networks", "recipes")),
    *([f"benchmarks/{name}.py"] for name in ("report_way", "speed", "tuning")),
    *([f"benchmarks/{name}.py"] for name in ("codes", "code_rates")),
    *(
        ["-m", f"benchmarks.studies.{name}"]
        for name in ("ablation", "budgets", "data_or_work", "designs", "rates")
    ),
    *(
        ["-m", f"benchmarks.studies.{name}"]
        for name in ("run_profile", "under_load", "ways")
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("arguments", BENCHMARKS, ids=lambda words: words[-1])
def test_every_benchmark_starts(arguments: list[str]) -> None:
    done = processes.run([sys.executable, *arguments, "--help"], cwd=PROJECT)

    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("usage: ")


@pytest.fixture
def load(monkeypatch):
    """Import a module of benchmarks/ as a script there does."""
    monkeypatch.syspath_prepend(PROJECT / "benchmarks")
    return importlib.import_module


ORIGIN = ["processor", "versions", "command", "commit"]


def _read(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_a_saved_table_says_how_it_was_measured(tmp_path, capsys, load, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["benchmarks/x.py", "--name", "two words"])
    table = load("table").Table("method", "PSNR dB")
    table.add(["dae", "24.34"])
    table.cite(["theirs", "24.48"], "a report")

    table.save(tmp_path / "table.csv")

    measured, cited = _read(tmp_path / "table.csv")
    assert list(measured) == ["method", "PSNR dB", *ORIGIN]
    assert all(measured.values())
    assert "PyTorch " in measured["versions"]
    assert measured["command"] == "benchmarks/x.py --name 'two words'"
    assert (cited["command"], cited["commit"]) == ("a report", "none")
    assert "| dae | 24.34 |" in capsys.readouterr().out


def test_a_saved_table_names_a_module_and_a_restriction(tmp_path, load, monkeypatch):
    program = PROJECT / "benchmarks/studies/ablation.py"
    monkeypatch.setattr(sys, "argv", [str(program), "x.npz"])
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    table = load("table").Table("method")
    table.add(["dae"])

    table.save(tmp_path / "table.csv")

    (row,) = _read(tmp_path / "table.csv")
    assert row["command"] == "-m benchmarks.studies.ablation x.npz"
    assert re.match(r"AVX2 \(.*, restricted to AVX2\), cores", row["processor"])


@pytest.mark.parametrize(
    ("script", "columns", "files"),
    [
        ("baselines", "COLUMNS", ["baselines_variance", "baselines_std"]),
        ("networks", "COLUMNS", ["networks"]),
        ("recipes", "COLUMNS", ["course_report_variance", "course_report_clean"]),
        ("speed", "COLUMNS", ["speed"]),
        ("speed", "RATIOS", ["speed_ratios"]),
    ],
)
def test_a_benchmark_has_the_columns_of_its_file(load, script, columns, files) -> None:
    for name in files:
        header = list(_read(PROJECT / f"docs/results/{name}.csv")[0])

        assert [*getattr(load(script), columns), *ORIGIN] == header


def test_recipes_writes_the_rows_of_docs_results(load, tmp_path, monkeypatch) -> None:
    recipes = load("recipes")
    metrics = pd.DataFrame(
        {
            "model": ["ae", "noisy_input", "dae"],
            "mse": [0.0049, 0.0875, 0.0155],
            "psnr": [29.82, 16.62, 24.34],
            "ssim": [0.971, 0.517, 0.828],
            "seconds": [22.0, np.nan, 36.0],
        }
    )
    one_score = pd.DataFrame({"psnr": [20.0, 21.0, 23.0], "photograph": [0, 1, 2]})
    result = recipes.Measured(metrics, dict.fromkeys(recipes.LANES, one_score))
    monkeypatch.setattr(recipes, "measure", lambda *_: result)
    place = tmp_path / "course_report.csv"
    monkeypatch.setattr(sys, "argv", ["recipes.py", "x.npz", "--csv", str(place)])

    recipes.main()

    for name in ("variance", "std", "clean"):
        written = _read(tmp_path / f"course_report_{name}.csv")
        shown = _read(PROJECT / f"docs/results/course_report_{name}.csv")
        assert [row["model"] for row in written] == [row["model"] for row in shown]
    rows = _read(tmp_path / "course_report_variance.csv")
    assert [rows[1][name] for name in recipes.COLUMNS[1:]] == [
        *("0.0155", "24.34", "0.828", "36")
    ]


def test_the_tuning_s_table_has_the_difference_and_the_judged_recipes(load):
    candidates = [
        {"recipe": "own", "mean": 24.129},
        {"recipe": "trial 4", "mean": 24.9, "difference": 0.771, "low": 0.5,
         "high": 1.04, "p_value": 0.0004},
    ]  # fmt: skip
    test = {
        "own": {"psnr": 24.2, "low": 24.1, "high": 24.3, "ssim": 0.82934,
                "steps": 3000, "tflop": 0.3721},
    }  # fmt: skip

    own, other = (load("tuning").cells(one, test) for one in candidates)

    assert own[:4] == ["the lane's own", "24.13", "", "24.20 [24.10, 24.30]"]
    assert own[4:] == ["0.829", "3,000", "0.372"]
    assert other[:3] == ["trial 4", "24.90", "+0.77 [0.50, 1.04], p < .001"]
    assert other[3:] == ["", "", "", ""]
