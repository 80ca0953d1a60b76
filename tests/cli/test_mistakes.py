"""What a user can correct: one sentence, exit code 1, nothing half-written."""

from __future__ import annotations

import shutil

import pytest

from tests import processes

MISTAKES = [
    ("--params=nosie.std=0.1", "unknown parameter nosie (did you mean noise?)"),
    ("--params=data_root=/tmp/{x}", "/tmp/{x} holds {, which Kedro takes for"),
    ("--pipelines=denose", "denoise"),
    ("--env=repot", "repot"),
    ("--load-versions=dae_modl:2026", "dae_modl"),
    ("--pipelines=reporting", "no run has saved yet"),
]
MORE_MISTAKES = [
    ("--params=images.source=npz,images.path=no.npz", "no.npz"),
    ("--params=dae.device=cuda", "finds no CUDA device"),
    ("--params=data_root=gs://bucket/x", "should be a folder, or s3://bucket/path"),
    ("--nodes=ae.trian", "ae.trian"),
    ("--load-versions=metrics:2026", "metrics, which this run makes itself"),
    (
        "--nodes=ae.reconstruct",
        "run with --to-outputs=ae_model,clean_spec,test_images first",
    ),
    ("--runner=ParallelRunner", "ParallelRunner runs nodes in other processes"),
]


def error_of(run) -> str:
    """The sentence of a run that failed."""
    assert run.code == 1, run.output
    assert "Traceback" not in run.output
    (error,) = run.output.split("Error: ")[1:]
    return error


@pytest.mark.parametrize(
    ("argument", "words"),
    [*MISTAKES, *(pytest.param(*one, marks=pytest.mark.slow) for one in MORE_MISTAKES)],
)
def test_a_mistake_is_answered_in_one_sentence(argument, words, kedro):
    params = f"--params=data_root={kedro.data}"
    arguments = [argument, params]
    if argument.startswith("--params"):
        arguments = [f"{params},{argument.removeprefix('--params=')}"]
    if not argument.startswith("--env"):
        arguments.append("--env=test")

    run = kedro.call([kedro.command()[0], "run", *arguments])

    assert words in error_of(run)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dae:\n  steps: [3\n", "parameters.yml, unable to read line"),
        *(
            pytest.param(*one, marks=pytest.mark.slow)
            for one in (
                ("dae: {steps: '${nope}'}\n", "Interpolation key 'nope' not found"),
                ("- 1\n", "'list' object"),
            )
        ),
    ],
)
def test_a_broken_configuration_is_named(text, words, kedro, tmp_path):
    conf = tmp_path / "conf"
    shutil.copytree(kedro.project / "conf/base", conf / "base")
    (conf / "local").mkdir()
    (conf / "local/parameters.yml").write_text(text)

    run = kedro.run(f"--conf-source={conf}", env="local")

    error = error_of(run)
    assert "The configuration cannot be read" in error
    assert words in error


def test_a_folder_of_artifacts_that_the_catalog_would_not_see_is_refused(
    kedro, tmp_path
):
    shutil.copytree(kedro.project / "conf", tmp_path / "conf")
    (tmp_path / "conf/test/parameters.yml").write_text("data_root: elsewhere\n")
    command = [kedro.command()[0], "run", "--env=test", "--to-outputs=image_info"]

    run = kedro.call([*command, f"--conf-source={tmp_path / 'conf'}"])

    assert run.code == 1
    assert "data_root is set in a file of parameters" in run.output


def test_a_folder_of_artifacts_is_set_in_the_globals(kedro, tmp_path):
    shutil.copytree(kedro.project / "conf", tmp_path / "conf")
    (tmp_path / "conf/test/globals.yml").write_text(f"data_root: {kedro.data}\n")
    conf, params = f"--conf-source={tmp_path / 'conf'}", f"--params={kedro.images()}"
    command = [kedro.command()[0], "run", "--env=test", "--to-outputs=image_info"]

    run = kedro.call([*command, conf, params])

    assert run.code == 0, run.output
    assert run.newest("01_raw/image_info.json").is_file()


def test_a_store_in_the_globals_is_refused_too(kedro, tmp_path):
    shutil.copytree(kedro.project / "conf", tmp_path / "conf")
    (tmp_path / "conf/test/globals.yml").write_text("data_root: memory://x\n")
    command = [kedro.command()[0], "run", "--env=test"]

    run = kedro.call([*command, f"--conf-source={tmp_path / 'conf'}"])

    assert "should be a folder, or s3://bucket/path" in error_of(run)


@pytest.mark.slow
@pytest.mark.parametrize("command", [["run", "--env=test"], ["prune"]])
def test_a_project_in_a_folder_of_patterns_names_the_folder(command, kedro, tmp_path):
    project = tmp_path / "proj [v2]"
    for name in ("conf", "src"):
        shutil.copytree(kedro.project / name, project / name)
    shutil.copy(kedro.project / "pyproject.toml", project)
    (project / ".telemetry").write_text("consent: false")

    run = processes.run(
        [kedro.command()[0], *command],
        cwd=project,
        env={**kedro.environment(), "PYTHONPATH": str(project / "src")},
    )

    assert run.returncode == 1
    assert run.stdout == (
        f"Error: The path {project / 'conf'} holds [, which Kedro takes for a pattern: "
        "rename that folder, or choose another one.\n"
    )


def test_all_wrong_parameters_are_named_at_once_before_any_work(kedro):
    run = kedro.run(params="noise.std=9,dae.steps=0,ae.optimizer=adma")

    assert run.code == 1
    assert "3 parameters are wrong" in run.output
    for name in ("noise.std = 9", "dae.steps = 0", "ae.optimizer = 'adma'"):
        assert f"- {name}" in run.output
    assert not kedro.data.exists()


def test_a_parameter_without_effect_is_refused(kedro_after_a_run):
    run = kedro_after_a_run.run("--pipelines=reporting", params="noise.std=0.1")

    assert run.code == 1
    assert "noise.std has no effect in this run" in run.output


@pytest.mark.slow
def test_a_training_that_diverges_saves_no_model_and_says_what_to_do(kedro):
    # A decay of 1 at a rate of 10 multiplies each weight by -9, step after step.
    recipe = "dae.optimizer=sgd,dae.learning_rate=10,dae.weight_decay=1,dae.steps=90"

    run = kedro.run("--to-nodes=dae.train", params=f"{kedro.images()},{recipe}")

    assert run.code == 1, run.output
    assert "DAE: the loss became" in run.output
    assert "lower its learning_rate" in run.output
    assert "esume the run" not in run.output  # it would explode again
    assert not (kedro.data / "06_models/dae").exists()


def test_a_folder_that_cannot_be_written_is_named(kedro):
    kedro.data.parent.mkdir(exist_ok=True)
    kedro.data.write_text("a file where the folder of all artifacts should be")

    run = kedro.run(params=kedro.images())

    error = error_of(run)
    assert str(kedro.data) in error
    assert "cannot be written (Not a directory)" in error


@pytest.mark.slow
def test_a_broken_archive_is_named_once(kedro):
    archive = kedro.data / "01_raw/cifar-10-python.tar.gz"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"not an archive")

    run = kedro.run(params="images.source=auto")

    assert run.code == 1, run.output
    assert "Traceback" not in run.output
    assert run.output.count("is not the CIFAR-10 archive or is truncated") == 1
    assert list(kedro.data.rglob("*.npy")) == []
