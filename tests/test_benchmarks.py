"""The benchmarks start, and write what docs/results/ needs."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path

import pytest

from tests import processes

PROJECT = Path(__file__).parents[1]
BENCHMARKS = [
    *([f"benchmarks/{name}.py"] for name in ("baselines", "networks", "recipes")),
    *([f"benchmarks/{name}.py"] for name in ("report_way", "speed")),
    *(
        ["-m", f"benchmarks.studies.{name}"]
        for name in ("ablation", "budgets", "designs", "rates", "run_profile")
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("arguments", BENCHMARKS, ids=lambda words: words[-1])
def test_every_benchmark_starts(arguments: list[str]) -> None:
    done = processes.run([sys.executable, *arguments, "--help"], cwd=PROJECT)

    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("usage: ")


def test_a_saved_table_says_how_it_was_measured(tmp_path, capsys) -> None:
    place = PROJECT / "benchmarks/table.py"
    spec = importlib.util.spec_from_file_location("table", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    table = module.Table("method", "PSNR dB")
    table.add(["dae", "24.34"])

    table.save(tmp_path / "table.csv")

    with (tmp_path / "table.csv").open() as file:
        (row,) = csv.DictReader(file)
    origin = ["processor", "versions", "command", "commit"]
    assert list(row) == ["method", "PSNR dB", *origin]
    assert all(row.values())
    assert "torch " in row["versions"]
    assert capsys.readouterr().out.splitlines()[-1] == "| dae | 24.34 |"
