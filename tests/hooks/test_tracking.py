"""Whether a run is tracked: where the environment says so, and MLflow is installed."""

from __future__ import annotations

import pytest

from denoising_autoencoder import settings
from denoising_autoencoder.hooks import tracking


def test_nothing_is_tracked_unless_the_environment_says_where(monkeypatch, caplog):
    monkeypatch.setattr(tracking, "find_spec", lambda _: pytest.fail("looked for it"))
    for value in (None, ""):
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        if value is not None:
            monkeypatch.setenv("MLFLOW_TRACKING_URI", value)

        assert tracking.tracking_hooks() == ()

    assert not caplog.records
    # Where it is installed, the plugin alone would track whatever runs.
    assert settings.DISABLE_HOOKS_FOR_PLUGINS == ("kedro_mlflow", "kedro-mlflow")


def test_without_the_extra_a_run_goes_on_and_says_that_it_is_not_tracked(
    monkeypatch, caplog
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    monkeypatch.setattr(tracking, "find_spec", lambda _: None)

    assert tracking.tracking_hooks() == ()

    (message,) = caplog.messages
    assert "MLFLOW_TRACKING_URI is set" in message
    assert "its extra mlflow" in message
