"""Trainings give the losses that are recorded in golden.csv."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from denoising_autoencoder.lanes import lanes_of
from tests.trainer import golden

HERE = golden.Machine("a processor", "AVX2", "2.14.1")
ELSEWHERE = golden.Machine("another processor", "AVX512", "2.14.1")
LOSSES = {"dae, training": [0.5, 0.25], "dae, validation": [0.5, 0.125]}
NEXT = math.nextafter(0.25, 1)


def test_every_lane_trains_to_the_recorded_losses() -> None:
    machine, recorded = golden.this_machine(), golden.read()

    found = golden.differences(golden.train_all(), machine, recorded)

    advice = "if the losses are meant to change, record them with `make golden`"
    assert not found, "\n".join([*found, f"{machine}: {advice}"])


def test_the_recorded_machines_agree_within_the_tolerance() -> None:
    recorded = golden.read()

    names = [
        f"{lane.name}, {split}"
        for lane in lanes_of("denoise")
        for split in golden.SPLITS
    ]
    assert {tuple(losses) for losses in recorded.values()} == {tuple(names)}
    for one, other in combinations(recorded, 2):
        assert not golden.differences(recorded[one], one, {other: recorded[other]})


def changed(value: float) -> golden.Losses:
    return {**LOSSES, "dae, training": [0.5, value]}


@pytest.mark.parametrize(
    ("losses", "machine", "as_recorded"),
    [
        (LOSSES, HERE, True),
        (changed(NEXT), HERE, False),
        (changed(NEXT), ELSEWHERE, True),
        (changed(0.25 * (1 + 0.9 * golden.TOLERANCE)), ELSEWHERE, True),
        (changed(0.25 * (1 + 1.1 * golden.TOLERANCE)), ELSEWHERE, False),
        (changed(math.nan), HERE, False),
        ({**LOSSES, "dae, training": [0.5]}, ELSEWHERE, False),
        ({"dae, training": [0.5, 0.25]}, HERE, False),
        ({**LOSSES, "new, training": [0.5, 0.25]}, HERE, False),
    ],
)
def test_losses_are_compared_to_the_last_bit_on_the_same_machine_only(
    losses, machine, as_recorded
) -> None:
    found = golden.differences(losses, machine, {HERE: LOSSES})

    assert (not found) is as_recorded


def test_without_a_record_nothing_passes() -> None:
    assert golden.differences(LOSSES, HERE, {}) == ["nothing is recorded"]


def test_a_file_keeps_every_bit(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(golden, "RECORDED", ["0", "4"])
    recorded = {HERE: changed(NEXT), ELSEWHERE: LOSSES}

    golden.write(recorded, tmp_path / "golden.csv")

    assert golden.read(tmp_path / "golden.csv") == recorded


@pytest.mark.parametrize(
    ("losses", "machine", "kept"),
    [
        (LOSSES, ELSEWHERE, [HERE, ELSEWHERE]),
        (LOSSES, HERE, [HERE]),
        (changed(NEXT), HERE, [HERE]),
    ],
)
def test_a_new_machine_is_added(losses, machine, kept) -> None:
    assert list(golden.add(losses, machine, {HERE: LOSSES})) == kept


def test_changed_trainings_make_the_other_machines_out_of_date() -> None:
    both = {HERE: LOSSES, ELSEWHERE: LOSSES}

    assert golden.add(LOSSES, HERE, both) == both
    assert golden.add(changed(NEXT), HERE, both) == {HERE: changed(NEXT)}
