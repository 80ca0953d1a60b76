"""Whether a run is tracked: where the environment says so, and MLflow is installed."""

from __future__ import annotations

import pytest
from kedro.config import OmegaConfigLoader

from denoising_autoencoder import settings
from denoising_autoencoder.tracking import switch as tracking


def test_nothing_is_tracked_unless_the_environment_says_where(monkeypatch, caplog):
    monkeypatch.setattr(tracking, "find_spec", lambda _: pytest.fail("looked for it"))
    for value in (None, ""):
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        if value is not None:
            monkeypatch.setenv("MLFLOW_TRACKING_URI", value)

        assert tracking.tracking_hooks() == ()

    assert not caplog.records
    # If it is installed, the plugin would track every run.
    assert {"kedro_mlflow", "kedro-mlflow"} <= set(settings.DISABLE_HOOKS_FOR_PLUGINS)


def test_without_the_extra_a_run_goes_on_and_says_that_it_is_not_tracked(
    monkeypatch, caplog
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    monkeypatch.setattr(tracking, "find_spec", lambda _: None)

    assert tracking.tracking_hooks() == ()

    (message,) = caplog.messages
    assert "MLFLOW_TRACKING_URI is set" in message
    assert "its extra mlflow" in message


def test_an_environment_changes_the_options_that_it_names_and_no_others(tmp_path):
    for env, text in (
        ("base", "tracking: {experiment: {name: ours}, run: {name: a}}"),
        ("local", "tracking: {experiment: {name: mine}}"),
    ):
        (tmp_path / env).mkdir()
        (tmp_path / env / "mlflow.yml").write_text(text)
    loader = OmegaConfigLoader(
        conf_source=str(tmp_path),
        config_patterns={"mlflow": ["mlflow*"]},
        **settings.CONFIG_LOADER_ARGS,
    )

    assert loader["mlflow"] == {
        "tracking": {"experiment": {"name": "mine"}, "run": {"name": "a"}}
    }
