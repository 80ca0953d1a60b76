"""Versions that a run would read: whether they are read, fit, and are up to date."""

from __future__ import annotations

import logging

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline, node

from denoising_autoencoder.errors import MixedVersionsError, ProjectError
from denoising_autoencoder.hooks.preflight import refuse_missing_inputs
from denoising_autoencoder.hooks.versions import (
    refuse_mixed_versions,
    refuse_versions_without_effect,
    warn_of_outdated_outputs,
)


def read(values: object, block: object) -> object:
    return values


def test_only_versions_of_inputs_that_the_run_does_not_make_are_pinned(pipeline):
    reads = pipeline.only_nodes("score")

    refuse_versions_without_effect({"model": "1", "noise": "1"}, reads)
    with pytest.raises(ProjectError, match="names scores, which this run makes itself"):
        refuse_versions_without_effect({"scores": "1"}, reads)
    with pytest.raises(ProjectError, match="names table, which this run does not read"):
        refuse_versions_without_effect({"table": "1"}, reads)


# Mixed versions


def refusal(catalog, pipeline, load=None) -> str:
    with pytest.raises(MixedVersionsError) as caught:
        refuse_mixed_versions(pipeline, catalog, load or {})
    return str(caught.value)


def test_a_half_finished_second_run_is_noticed_with_both_ways_out(
    small, days, pipeline
):
    small.run(small.catalog(days[0], std=0.1))
    small.run(small.catalog(days[1], std=0.3), "draw")

    message = refusal(small.catalog(days[2]), pipeline.only_nodes("score"))

    assert message == (
        f"Nothing was run: model of {days[0]} and noise of {days[1]} do not belong "
        "together, since they come from different contents of noise: give "
        f"--load-versions=noise:{days[0]}, or make model anew by a run "
        "with --from-nodes=train."
    )
    pins = {"noise": days[0]}
    refuse_mixed_versions(
        pipeline.only_nodes("score"), small.catalog(days[2], load=pins), pins
    )


def test_a_half_finished_run_that_made_the_same_is_let_through(small, days, pipeline):
    small.run(small.catalog(days[0]))
    small.run(small.catalog(days[1]), "draw")

    refuse_mixed_versions(pipeline.only_nodes("score"), small.catalog(days[2]), {})


def test_a_history_of_another_training_than_the_scores_is_noticed(
    small, days, pipeline
):
    small.run(small.catalog(days[0], seed=1))
    small.run(small.catalog(days[1], seed=2), "train")

    message = refusal(small.catalog(days[2], seed=2), pipeline.only_nodes("report"))

    assert f"scores of {days[0]} and history of {days[1]}" in message
    assert f"give --load-versions=history:{days[0]}" in message
    assert "or make scores anew by a run with --from-nodes=score." in message


def test_a_version_that_the_user_pinned_stays_pinned(small, days, pipeline):
    for version, std in zip(days, (0.1, 0.2, 0.3), strict=True):
        small.run(small.catalog(version, std=std))
    pins = {"model": days[1]}

    message = refusal(
        small.catalog("2026-01-04", load=pins), pipeline.only_nodes("score"), pins
    )

    assert f"give --load-versions=model:{days[1]},noise:{days[1]}." in message
    assert "anew" not in message  # it would not be read


def test_stale_artifacts_are_made_again_from_their_first_node(small, days, pipeline):
    """Without the training, scores would be made of the old model again."""
    small.run(small.catalog(days[0], std=0.1))
    small.run(small.catalog(days[1], std=0.3), "draw")
    reads = Pipeline([node(read, ["scores", "noise"], "result", name="compare")])

    message = refusal(small.catalog(days[2]), reads)

    assert "or make scores anew by a run with --from-nodes=train." in message


def test_only_one_way_out_is_named_if_no_versions_belong_together(
    small, days, pipeline
):
    small.run(small.catalog(days[0], std=0.1), "draw", "train")
    (small.folder / "noise.json" / days[0]).rename(small.folder / "elsewhere")
    small.run(small.catalog(days[1], std=0.3), "draw")

    message = refusal(small.catalog(days[2]), pipeline.only_nodes("score"))

    assert "--load-versions" not in message
    assert message.endswith(": make model anew by a run with --from-nodes=train.")


def test_versions_are_fixed_before_another_run_saves_newer_ones(small, days, pipeline):
    small.run(small.catalog(days[0], std=0.1))
    ours = small.catalog(days[2])
    reads = pipeline.only_nodes("score")
    refuse_missing_inputs(reads, ours, {})
    refuse_mixed_versions(reads, ours, {})

    small.run(small.catalog(days[1], std=0.3))
    small.run(ours, "score")

    assert ours["scores"].load() == {"psnr": 0.1}
    assert ours["scores"].lineage().inputs == {
        name: ours[name].lineage(days[0]).sha256 for name in ("model", "noise")
    }


# --only-missing-outputs


def warning(catalog, pipeline, caplog) -> str:
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        warn_of_outdated_outputs(pipeline, catalog)
    ours = (record for record in caplog.records if record.name.startswith("denoising"))
    return "\n".join(record.getMessage() for record in ours)


def test_a_changed_parameter_is_named_unless_it_changes_no_bit(
    small, days, pipeline, caplog
):
    def catalog(version: str, **changes: object) -> DataCatalog:
        made = small.catalog(version)
        recipe = {"seed": 0, "title": "old", "checkpoint_seconds": 1, "epochs": None}
        recipe |= changes
        made["params:dae"] = MemoryDataset(recipe)
        return made

    small.run(catalog(days[0]))

    renamed = catalog(days[1], title="new", checkpoint_seconds=2)
    assert warning(catalog(days[1]), pipeline, caplog) == ""
    assert warning(renamed, pipeline, caplog) == ""
    text = warning(catalog(days[1], seed=2), pipeline, caplog)
    assert "those of train (dae.seed was 0 and is 2)" in text
    text = warning(catalog(days[1], epochs=2.5), pipeline, caplog)
    assert "(dae.epochs was not set and is 2.5)" in text


def test_there_is_no_warning_after_a_first_run_that_died(small, days, pipeline, caplog):
    small.run(small.catalog(days[0]), "draw", "train")

    assert warning(small.catalog(days[1]), pipeline, caplog) == ""


def test_only_the_first_outdated_output_is_named(small, days, pipeline, caplog):
    small.run(small.catalog(days[0], std=0.1))
    small.run(small.catalog(days[1], std=0.3), "draw")

    changed = warning(small.catalog(days[2], std=0.2), pipeline, caplog)
    older_inputs = warning(small.catalog(days[2], std=0.3), pipeline, caplog)

    assert "those of draw (std was 0.3 and is 0.2)" in changed
    assert "train" not in changed
    assert "those of train (there is another noise)" in older_inputs
