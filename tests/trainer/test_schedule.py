from __future__ import annotations

import math

import pytest
import torch

from denoising_autoencoder.trainer.schedule import learning_rate_factor


def factors(schedule: str, steps: int) -> list[float]:
    return [learning_rate_factor(schedule, step, steps) for step in range(steps)]


def test_a_constant_schedule_stays_at_its_highest_value():
    assert factors("constant", 5) == [1.0] * 5


@pytest.mark.parametrize(
    ("step", "expected"),
    [(0, 1.0), (25, (1 + math.sqrt(0.5)) / 2), (50, 0.5), (75, 0.14644660940672624)],
)
def test_cosine_falls_along_half_a_cosine(step, expected):
    assert learning_rate_factor("cosine", step, 100) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (0, 1 / 25),
        (100, 1 / 25 + (1 - 1 / 25) / 4),  # a third: (1 - cos 60 degrees) / 2
        (150, (1 + 1 / 25) / 2),  # half of the way up
        (300, 1.0),
        (1650, 0.5),  # half of the way down
        (2100, 0.25),  # two thirds: (1 + cos 120 degrees) / 2
    ],
)
def test_one_cycle_rises_from_a_25th_in_a_tenth_and_falls_along_half_cosines(
    step, expected
):
    assert learning_rate_factor("one_cycle", step, 3000) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("step", "expected"),
    [(150, (1 + 1 / 25) / 2), (300, 1.0), (1650, 0.5), (2100, 1 / 3)],
)
def test_linear_rises_as_one_cycle_and_falls_in_a_straight_line(step, expected):
    assert learning_rate_factor("linear", step, 3000) == pytest.approx(expected)


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle", "linear"])
@pytest.mark.parametrize("steps", [1, 2, 7, 4000])
def test_factors_are_above_zero_and_at_most_one_for_any_number_of_steps(
    schedule, steps
):
    values = factors(schedule, steps)

    assert all(0 < factor <= 1 for factor in values)
    assert values[-1] < 3e-4 or steps < 1000


def test_one_cycle_rises_once_and_falls_once():
    values = factors("one_cycle", 1000)

    assert values[:101] == sorted(values[:101])
    assert values[100:] == sorted(values[100:], reverse=True)
    assert values.index(max(values)) == 100


def test_one_cycle_agrees_with_pytorch_s():
    steps = 2000
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=1.0,
        total_steps=steps,
        pct_start=0.1,
        div_factor=25,
        final_div_factor=1e9,
    )
    expected = []
    for _ in range(steps):
        expected.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()

    # PyTorch's peak is one step earlier; a step is 1/200 of the rise, whose slope is
    # pi / 2 at most.
    tolerance = math.pi / 2 / 200
    assert factors("one_cycle", steps) == pytest.approx(expected, abs=tolerance)


def test_an_unknown_schedule_is_refused():
    with pytest.raises(ValueError, match="unknown schedule 'quadratic'"):
        learning_rate_factor("quadratic", 0, 10)
