"""The tuning of a lane, as docs/results/ has it.

    .venv/bin/python benchmarks/tuning.py IMAGES.npz [--lane dae] [--trials 30]
        [--steps 600] [--workers 2] [--data FOLDER] [--csv FILE]

One `kedro run --pipelines=data_engineering,tuning` into a folder: a temporary one, or
FOLDER, in which the same command goes on after an interruption. The table is of the
candidates; `--csv x.csv` writes x.csv and x_test.csv (the difference on test images).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from runs import in_words, run_pipeline
from table import Table

COLUMNS = (
    *("recipe", "confirmation, PSNR dB", "better by, dB"),
    *("test images, PSNR dB", "SSIM", "steps", "TFLOP"),
)
OWN = "own"


def read_report(data: Path) -> dict[str, Any]:
    """Read the newest report of a tuning."""
    newest = max((data / "08_reporting/tuning_report.json").iterdir())
    return json.loads((newest / "tuning_report.json").read_text())


def cells(candidate: dict[str, Any], test: dict[str, Any]) -> list[str]:
    """Write the row of a candidate; only two were judged on test images."""
    name, scores = candidate["recipe"], test.get(candidate["recipe"])
    keys = ("difference", "low", "high", "p_value")
    row = [
        "the lane's own" if name == OWN else name,
        f"{candidate['mean']:.2f}",
        "" if name == OWN else in_words(*(candidate[key] for key in keys)),
    ]
    if scores is None:
        return [*row, "", "", "", ""]
    interval = f"[{scores['low']:.2f}, {scores['high']:.2f}]"
    return [
        *row,
        f"{scores['psnr']:.2f} {interval}",
        f"{scores['ssim']:.3f}",
        f"{scores['steps']:,}",
        f"{scores['tflop']:.3f}",
    ]


def main() -> None:
    """Tune, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--lane", default="dae")
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    tuning = {
        name: getattr(given, name) for name in ("lane", "trials", "steps", "workers")
    }
    parameters = ",".join(f"tuning.{name}={value}" for name, value in tuning.items())
    images = f"images.source=npz,images.path={given.npz.resolve()}"
    with tempfile.TemporaryDirectory() as folder:
        data = (given.data or Path(folder) / "data").resolve()
        run_pipeline(
            "data_engineering,tuning", f"data_root={data},{images},{parameters}"
        )
        report = read_report(data)
    table = Table(*COLUMNS)
    for candidate in report["candidates"]:
        table.add(cells(candidate, report["test"]))
    of_test = Table("on", "better by, dB", "seeds")
    gain = report["difference"]
    if gain is not None:
        words = in_words(gain["mean"], gain["low"], gain["high"], gain["p_value"])
        of_test.add(["test images", words, f"{report['test'][OWN]['seeds']}"])
    if given.csv:
        table.save(given.csv)
        of_test.save(given.csv.with_stem(f"{given.csv.stem}_test"))


if __name__ == "__main__":
    main()
