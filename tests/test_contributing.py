"""The recipes of CONTRIBUTING.md, carried out as they are written."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from tests import processes

# A run without figures, which take most of its time.
TABLES = "--to-nodes=reporting.compare_models"

FENCE = re.compile(r"^`(\S+)`\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Change:
    """One block of a recipe.

    Attributes:
        path: File that is written or changed.
        kind: "diff", or the language of a new file.
        text: Text of the block.
    """

    path: str
    kind: str
    text: str

    def apply(self, root: Path) -> None:
        """Write the file, or add the lines to it.

        The lines around an addition must stand in the file exactly once.
        """
        file = root / self.path
        if self.kind != "diff":
            assert not file.exists(), f"{self.path} exists already"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.text)
            return
        text = file.read_text()
        for hunk in self.text.split("@@\n"):
            lines = hunk.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] in " -")
            after = "".join(line[1:] for line in lines if line[0] in " +")
            assert text.count(before) == 1, f"{self.path} does not hold once:\n{before}"
            text = text.replace(before, after)
        file.write_text(text)


def recipes(project: Path) -> dict[str, list[Change]]:
    """The changes of each recipe, by the last word of its heading."""
    text = (project / "CONTRIBUTING.md").read_text().split("\n## Recipes\n")[1]
    sections = re.split(r"^### A new (.+)$", text, flags=re.MULTILINE)[1:]
    return {
        heading.split()[-1]: [Change(*block) for block in FENCE.findall(body)]
        for heading, body in zip(sections[::2], sections[1::2], strict=True)
    }


@pytest.fixture
def changed(project, tmp_path) -> Callable[..., Path]:
    """Copies the project and carries out recipes in the copy."""

    def carry_out(*names: str) -> Path:
        root = tmp_path / "project"
        for folder in ("conf", "src"):
            shutil.copytree(
                project / folder,
                root / folder,
                ignore=shutil.ignore_patterns("__pycache__", "local", "*.egg-info"),
            )
        (root / "conf/local").mkdir()
        for name in ("pyproject.toml", ".telemetry"):
            shutil.copy(project / name, root)
        for name in names:
            for change in recipes(project)[name]:
                change.apply(root)
        return root

    return carry_out


def call(root: Path, pipelines: str, params: str = "", *flags: str) -> tuple[int, str]:
    """Run pipelines of a changed project on the sample; exit code and output."""
    given = ",".join(filter(None, ["data_root=data", params]))
    result = processes.run(
        [
            *(sys.executable, "-m", "kedro", "run", f"--pipelines={pipelines}"),
            *("--env=test", f"--params={given}", *flags),
        ],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src"), "COLUMNS": "120"},
    )
    return result.returncode, result.stdout


def kedro(root: Path, pipelines: str, params: str = "", *flags: str) -> pd.DataFrame:
    """Run pipelines that must succeed; the newest table of metrics."""
    code, output = call(root, pipelines, params, *flags)
    assert code == 0, output
    return read(root, "08_reporting/metrics.csv")


def read(root: Path, artifact: str) -> pd.DataFrame:
    """The newest version of a table."""
    (*_, newest) = sorted((root / "data" / artifact).iterdir())
    return pd.read_csv(newest / Path(artifact).name)


def page(root: Path) -> str:
    """The newest page."""
    (*_, newest) = sorted((root / "data/08_reporting/report.html").iterdir())
    return (newest / "report.html").read_text()


def test_all_recipes_fit_the_files_that_they_change(project, changed):
    names = list(recipes(project))

    root = changed(*names)

    assert names == ["noise", "lane", "network", "source", "filter", "figure"]
    files = [root / change.path for name in names for change in recipes(project)[name]]
    python = {file for file in files if file.suffix == ".py"}
    for arguments in (["check"], ["format", "--check"]):
        done = processes.run(
            [sys.executable, "-m", "ruff", *arguments, *map(str, python)], cwd=root
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_a_new_kind_of_noise_is_trained_for_and_named(changed):
    metrics = kedro(changed("noise"), "denoise", "noise.kind=uniform", TABLES)

    noises = metrics.set_index("model")["noise"]
    assert noises["dae"].startswith("Uniform noise of std 0.316 (variance 0.1)")
    assert noises["ae"] == "clean input"


@pytest.mark.slow
def test_a_new_lane_is_trained_judged_and_shown(changed):
    root = changed("lane")

    metrics = kedro(root, "denoise", "wide.steps=30,wide.validation_interval=10")

    assert "wide" in metrics["model"].tolist()
    layers = read(root, "08_reporting/architectures.csv").groupby("model")
    weights = layers["parameters"].sum()
    assert weights["wide"] > 3 * weights["dae"]
    assert "Wide DAE" in page(root)
    code, output = call(root, "denoise", "wide.title=ResUNet")
    assert code == 1
    assert "resunet.title and wide.title are both 'ResUNet'" in output
    # It has one version: the name of the lane is accepted, and a second one is missing.
    _, output = call(root, "compare", "compared_lane=wide")
    assert "scores_a and scores_b are the same version" in output


@pytest.mark.slow
def test_a_new_filter_is_tuned_and_judged(changed):
    root = changed("filter")
    kedro(root, "denoise", "", TABLES)

    kedro(root, "baselines", "", "--to-nodes=baselines.compare")

    table = read(root, "08_reporting/baselines.csv").set_index("method")
    assert table["parameters"]["mean"] in ("size=3", "size=5")
    assert table["psnr"]["mean"] > table["psnr"]["noisy_input"]


@pytest.mark.slow
def test_a_new_network_is_trained_and_described(changed):
    root = changed("network")

    tiny = "dae.network=tiny,dae.options.width=8"
    metrics = kedro(root, "denoise", tiny, TABLES)

    psnr = metrics.set_index("model")["psnr"]
    assert psnr["dae"] > psnr["noisy_input"]
    layers = read(root, "08_reporting/architectures.csv").set_index("model")
    assert layers.loc["dae", "network"].unique().tolist() == ["tiny"]
    assert layers.loc["dae", "parameters"].sum() == 1027  # 224 + 584 + 219


@pytest.mark.slow
def test_a_new_source_is_read_and_named(changed):
    metrics = kedro(changed("source"), "denoise", "images.source=stripes", TABLES)

    assert set(metrics["images"]) == {"stripes"}
    assert set(metrics["n_images"]) == {16}


@pytest.mark.slow
def test_a_new_figure_is_drawn_and_on_the_page(changed):
    root = changed("figure")

    kedro(root, "denoise")

    (file,) = (root / "data/08_reporting/row_errors.png").glob("*/row_errors.png")
    assert file.stat().st_size > 10_000
    assert "Mean absolute error of each row of pixels, for each denoiser." in page(root)


@pytest.mark.slow
def test_the_house_stands_with_all_recipes(project, changed):
    root = changed(*recipes(project))

    for tool in ("mypy", "lint-imports"):
        done = processes.run([str(Path(sys.executable).with_name(tool))], cwd=root)
        assert done.returncode == 0, done.stdout
    metrics = kedro(
        root,
        "denoise",
        "images.source=stripes,noise.kind=uniform,dae.network=tiny,wide.steps=30,"
        "wide.validation_interval=10",
    )
    assert set(metrics["model"]) == {"ae", "noisy_input", "dae", "resunet", "wide"}
