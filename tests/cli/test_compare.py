"""Two runs that a user made are compared."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from tests.cli.artifacts import sha256


def versions(data: Path, lane: str = "dae") -> list[str]:
    folder = data / f"07_model_output/{lane}/scores.csv"
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def kedro(kedro_after_a_run):
    """Kedro after a run, a longer training, and its scores made once more."""
    longer = kedro_after_a_run.run("--namespaces=dae", params="dae.steps=40")
    assert longer.code == 0, longer.output
    again = kedro_after_a_run.run("--nodes=dae.reconstruct,dae.score")
    assert again.code == 0, again.output
    return kedro_after_a_run


@pytest.mark.slow
def test_two_runs_are_set_side_by_side_though_scores_were_made_anew(
    kedro, kedro_anywhere
):
    first, longer, again = versions(kedro.data)

    def compare(a: str, b: str, lane: str = "compared_lane=dae"):
        which = f"--load-versions=scores_a:{a},scores_b:{b}"
        return kedro.run("--pipelines=compare", which, params=lane)

    run = compare(first, again)

    assert run.code == 0, run.output
    differing = pd.read_csv(run.newest("08_reporting/compared_parameters.csv"))
    assert differing[["parameter", "a", "b"]].to_dict("list") == {
        "parameter": ["dae.steps"], "a": [30], "b": [40],
    }  # fmt: skip
    assert re.search(r"dae\.steps +30 +40", run.output)
    table = pd.read_csv(run.newest("08_reporting/compared_scores.csv"))
    psnr = table.set_index("metric").loc["psnr"]
    scores = [
        pd.read_csv(kedro.data / f"07_model_output/dae/scores.csv/{one}/scores.csv")
        for one in (first, again)
    ]
    assert psnr["a"] == pytest.approx(scores[0]["psnr"].mean())
    assert psnr["b"] == pytest.approx(scores[1]["psnr"].mean())
    text = " ".join(run.output.split())
    assert f"a: {first}, b: {again}, 24 test images" in text
    assert "CIFAR-10 small, noise of std 0.3162" in text

    lineage = run.newest("08_reporting/compared_scores.csv").with_name("lineage.json")
    of_scores = kedro.data / "07_model_output/dae/scores.csv"
    assert json.loads(lineage.read_text())["inputs"] == {
        name: sha256(of_scores / version / "scores.csv")
        for name, version in (("scores_a", first), ("scores_b", again))
    }

    same = compare(longer, longer)
    assert same.code == 1
    assert "are the same version" in same.output
    assert "Traceback" not in same.output

    nowhere = compare(first, "2020-01-01T00.00.00.000Z")
    assert nowhere.code == 1
    assert "There is no version 2020-01-01T00.00.00.000Z of scores_b" in nowhere.output

    by_hand = kedro.data / f"07_model_output/dae/scores.csv/{again}/lineage.json"
    by_hand.unlink()
    unknown = compare(first, again)
    assert unknown.code == 1
    assert "has no lineage.json that says what it was made from" in unknown.output
    assert "Traceback" not in unknown.output

    none_yet = kedro_anywhere(kedro.data / "empty").run("--pipelines=compare")
    assert none_yet.code == 1
    assert "There are no scores of that model to compare yet" in none_yet.output

    ineffective = kedro.run("--pipelines=reporting", params="compared_lane=dae")
    assert ineffective.code == 1
    assert "compared_lane has no effect in this run" in ineffective.output
