"""Every flag of `kedro run` that docs/commands.md names, through the command line."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from tests.cli.artifacts import counts, newest, saved


def new_versions(kedro) -> set[str]:
    """Artifacts that have more versions than the one of the first run."""
    return {name for name, count in counts(kedro.data).items() if count > 1}


@pytest.mark.slow
def test_the_documentation_names_no_flag_that_kedro_lacks(kedro):
    commands = (kedro.project / "docs/commands.md").read_text()
    known = "".join(
        kedro.call([kedro.command()[0], *words, "--help"]).output
        for words in (["run"], ["prune"], ["viz", "run"], ["viz", "build"])
    )

    flags = set(re.findall(r"--[a-z][a-z-]+", commands))

    assert len(flags) >= 15
    assert {flag for flag in flags if flag not in known} == {"--no-deps"}  # of pip


@pytest.mark.slow
def test_load_versions_mends_what_a_half_finished_second_run_mixed(kedro_after_a_run):
    kedro = kedro_after_a_run
    half = kedro.run(
        "--pipelines=data_engineering", params=f"{kedro.images()},noise.std=0.1"
    )
    assert half.code == 0, half.output
    before = newest(kedro.data)
    reporting = ["--pipelines=reporting", "--to-nodes=reporting.compare_models"]

    refused = kedro.run(*reporting)

    assert refused.code == 1, refused.output
    assert "Traceback" not in refused.output
    (error,) = refused.output.split("Error: ")[1:]
    assert "do not belong together" in error
    assert "or make dae_history anew by a run with --from-nodes=dae.train" in error
    assert newest(kedro.data) == before
    (mend,) = re.findall(r"give (--load-versions=\S+), or", error)
    mended = kedro.run(*reporting, mend)
    assert mended.code == 0, mended.output
    metrics = pd.read_csv(mended.newest("08_reporting/metrics.csv"))
    assert metrics["noise_std"].max() == pytest.approx(0.31623)


@pytest.mark.parametrize(
    ("flags", "made"),
    [
        (
            ["--from-nodes=dae.score", "--to-nodes=reporting.compare_models"],
            {"07_model_output/dae/scores.csv", "08_reporting/metrics.csv"},
        ),
        pytest.param(
            ["--tags=training", "--nodes=ae.train"],
            {f"06_models/ae/{name}" for name in ("history.csv", "timing.csv")}
            | {"06_models/ae/model.safetensors"},
            marks=pytest.mark.slow,
        ),
    ],
)
def test_flags_choose_the_nodes_that_are_run(flags, made, kedro_after_a_run):
    run = kedro_after_a_run.run(*flags)

    assert run.code == 0, run.output
    assert new_versions(kedro_after_a_run) == made


@pytest.mark.slow
def test_only_missing_outputs_finishes_a_first_run(kedro, first_run):
    last = "--to-nodes=dae.train"
    begun = kedro.run(
        "--to-nodes=ae.train,data_engineering.add_noise", params=kedro.images()
    )
    assert begun.code == 0, begun.output

    run = kedro.run("--only-missing-outputs", last, params=kedro.images())

    assert run.code == 0, run.output
    assert "WARNING" not in run.output
    assert new_versions(kedro) == set()
    made = newest(kedro.data)
    assert "06_models/dae/model.safetensors" in made
    assert made.items() <= newest(first_run.data).items()


@pytest.mark.slow
def test_only_missing_outputs_warns_of_what_has_changed_since(kedro_after_a_run):
    changes = "dae.steps=77,reporting.examples=3"
    run = kedro_after_a_run.run(
        "--only-missing-outputs", params=f"{kedro_after_a_run.images()},{changes}"
    )

    assert run.code == 0, run.output
    text = " ".join(run.output.split())
    assert "dae.train (dae.steps was 30 and is 77)" in text
    assert re.search(r"^  --from-nodes=\S+$", run.output, re.M)
    assert "Nothing to do: all outputs exist." in text
    assert "reporting.plot_ae (reporting.examples was 10 and is 3)" in text
    assert new_versions(kedro_after_a_run) == set()
    assert "Test metrics" not in run.output


def test_a_file_of_flags_is_read(kedro_after_a_run, tmp_path):
    kedro = kedro_after_a_run
    (tmp_path / "run.yml").write_text(
        "run:\n"
        "  node_names: dae.train\n"
        "  env: test\n"
        f"  params: {{data_root: '{kedro.data}', dae: {{steps: 7}}}}\n"
    )

    run = kedro.call([kedro.command()[0], "run", f"--config={tmp_path / 'run.yml'}"])

    assert run.code == 0, run.output
    lineage = run.newest("06_models/dae/model.safetensors").with_name("lineage.json")
    assert json.loads(lineage.read_text())["parameters"]["dae"]["steps"] == 7


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--params=dae.steps=3", "--params=ae.steps=3"], "--params is given twice"),
        (["--params=reporting.sigmas=[0.1,0.2]"], "A list goes into a file"),
        (["--params=images.path=/a,b.npz"], "so does a text with a comma"),
        (["--params=seed=010"], "YAML reads seed=010 as 8"),
        (["--params=images.name=[a] b"], "goes in quotes, name='text', or into a file"),
        (["--params=noise.std=[1"], "Error: A flag has an invalid YAML value"),
        (["--load-versions=noise_spec"], "found noise_spec instead"),
        (["--runner=ThredRunner"], "There is no runner 'ThredRunner'"),
        (["--pipelins=denoise"], "No such option"),
        (["--config={run: {pipelnes: denoise}}"], "Key `pipelnes` in provided"),
        (["--config=pipelines: denoise"], "not YAML with a block `run`"),
        (["--config=run: {"], "not YAML with a block `run`"),
        (
            ["--params=ae.steps=3", "--config=run: {params: {dae: {steps: 3}}}"],
            "would replace all params of the file",
        ),
    ],
)
def test_flags_that_are_invalid_are_answered_in_a_sentence(
    flags, words, kedro, tmp_path
):
    (tmp_path / "run.yml").write_text(flags[-1].removeprefix("--config="))
    given = [
        f"--config={tmp_path / 'run.yml'}" if flag.startswith("--config") else flag
        for flag in flags
    ]

    run = kedro.call([kedro.command()[0], "run", *given])

    assert run.code == 2, run.output
    assert "Traceback" not in run.output
    assert "NoneType" not in run.output
    assert words in run.output


@pytest.mark.slow
def test_the_catalog_is_described(kedro):
    run = kedro.call([kedro.command()[0], "catalog", "describe-datasets"])

    assert run.code == 0, run.output
    for name in ("dae_model", "noisy_test_images", "checkpoints", "image_source"):
        assert name in run.output
    assert "Traceback" not in run.output


# kedro prune


def prune(kedro, *flags: str):
    return kedro.call([kedro.command()[0], "prune", *flags])


@pytest.mark.slow
def test_pruning_shows_first_and_removes_with_yes(kedro_after_a_run):
    kedro = kedro_after_a_run
    for std in (0.1, 0.2):
        half = kedro.run(
            "--nodes=data_engineering.add_noise", params=f"noise.std={std}"
        )
        assert half.code == 0, half.output
    root = f"--data-root={kedro.data}"
    before = saved(kedro.data)

    shown = prune(kedro, root, "--keep=1")

    assert shown.code == 0, shown.output
    # The first noise stays, since the models were made from it.
    gone = [folder for folder in before if folder.name in shown.output]
    assert {folder.parent.name for folder in gone} == {
        "noisy_test_images.npy", "noisy_validation_images.npy", "noise_spec.json",
    }  # fmt: skip
    assert "These would go:" in shown.output
    assert "3 versions and 0 leftovers, 0." in shown.output
    assert "Nothing is removed yet: add --yes" in shown.output
    assert saved(kedro.data) == before
    removed = prune(kedro, root, "--keep=1", "--yes")
    assert removed.code == 0, removed.output
    assert saved(kedro.data) == [folder for folder in before if folder not in gone]
    assert "Nothing to remove." in prune(kedro, root, "--keep=1").output
    # What stays is enough to make the reconstructions of the first run again.
    first = min(path.name for path in before if path.parent.name == "noise_spec.json")
    pinned = f"--load-versions=noisy_test_images:{first},noise_spec:{first}"
    again = kedro.run("--nodes=dae.reconstruct", pinned)
    assert again.code == 0, again.output


@pytest.mark.parametrize(
    ("flag", "code", "words"),
    [
        ("--keep=0", 2, "0 is not in the range x>=1"),
        ("--data-root=/no/such/folder", 2, "does not exist"),
        ("--env=no_such_environment", 1, "no_such_environment"),
    ],
)
def test_pruning_refuses_what_makes_no_sense(kedro, flag, code, words):
    run = prune(kedro, flag)

    assert run.code == code
    assert words in " ".join(run.output.split())
    assert "Traceback" not in run.output
