"""What a training says of the time that it takes, by a clock that the tests move."""

from __future__ import annotations

import logging

import pytest

from denoising_autoencoder.trainer.time_left import TimeLeft


class Training:
    """A training whose steps and validations take as long as the test says."""

    def __init__(
        self, steps: int, interval: int = 10**6, batches: float = 0.0, done: int = 0
    ) -> None:
        self.now = 100.0
        self.done = done
        self.told: list[tuple[float, str]] = []
        self.time_left = TimeLeft("Net", steps, interval, batches, lambda: self.now)

    def step(self, *seconds: float) -> None:
        for one in seconds:
            self.now += one
            self.done += 1
            self.time_left.after_update(self.done)

    def validate(self, seconds: float) -> None:
        def validation() -> float:
            self.now += seconds
            return 0.25

        assert self.time_left.timing(validation)() == 0.25


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.INFO, logger="denoising_autoencoder")
    return caplog


def test_a_training_says_early_how_long_it_takes_and_no_more_if_that_holds(said):
    training = Training(420)

    training.step(1.5, *[0.4] * 20)
    assert training.now < 110
    assert said.messages == ["Net: 420 steps, about 3 min at 0.4 s a step"]
    training.step(*[0.4] * 399)

    assert training.done == 420
    assert len(said.messages) == 1


def test_the_first_step_which_is_slow_counts_only_if_there_is_no_other(said):
    training = Training(1000)
    training.step(4.5, 1.0)
    assert said.messages == ["Net: 1,000 steps, about 15 min at 1 s a step"]

    training = Training(10)
    training.step(12.0)
    assert said.messages[1:] == ["Net: 10 steps, about 2 min at 12 s a step"]


def test_a_long_first_validation_does_not_delay_the_estimate(said):
    training = Training(50, interval=25, batches=30.0)

    training.now += 2.0  # the first gradient
    training.validate(24.0)

    # 2 s so far, 50 steps of 2 s, and three validations of 24 s.
    assert said.messages == ["Net: 50 steps, about 3 min at 2 s a step"]
    training.step(0.0, *[2.0] * 49)
    assert len(said.messages) == 1


@pytest.mark.parametrize(
    ("steps", "seconds"), [(9, 1.0), (2000, 0.004), (1, 60.0), (2, 6.0)]
)
def test_a_training_that_is_soon_over_says_nothing(said, steps, seconds):
    """Of two steps of six seconds, the second is told."""
    training = Training(steps)

    training.step(*[seconds] * steps)

    assert len(said.messages) == (steps == 2)


def test_it_says_again_what_is_left_when_the_whole_changes_by_half(said):
    training = Training(400)
    training.step(*[0.5] * 100)
    assert said.messages == ["Net: 400 steps, about 3 min at 0.5 s a step"]

    training.step(*[0.6] * 60)
    assert len(said.messages) == 1
    training.step(*[2.0] * 60)

    assert len(said.messages) == 2
    assert said.messages[1].startswith("Net: 2")
    assert " of 400 steps left, about " in said.messages[1]


def test_it_says_again_when_half_of_the_time_is_enough(said):
    training = Training(400)

    training.step(*[2.0] * 10, *[0.2] * 390)

    first, second, *_ = said.messages
    assert first == "Net: 400 steps, about 15 min at 2 s a step"
    assert second == "Net: 336 of 400 steps left, about 5 min at 0.96 s a step"


def test_a_second_in_which_the_machine_is_busy_changes_nothing(said):
    training = Training(400)

    training.step(*[0.5] * 60, 3.0, *[0.5] * 339)

    assert len(said.messages) == 1


def test_a_machine_that_is_busy_now_and_then_gets_few_lines(said):
    training = Training(40_000)
    while training.done < 40_000:
        training.step(*[0.1] * 200, *[0.4] * 50)

    assert 1 <= len(said.messages) <= 6


def test_validations_to_come_are_part_of_the_estimate(said):
    training = Training(400, interval=100)
    training.validate(3.0)  # at the start
    training.step(*[0.5] * 20)

    # 400 steps of 0.5 s, and at 0, 100, 200, 300 and 400 one of 3 s: 215 s
    assert said.messages == ["Net: 400 steps, about 4 min at 0.5 s a step"]
    assert training.time_left._told == pytest.approx(215)


def test_the_last_validation_is_counted_where_the_interval_does_not_divide(said):
    training = Training(401, interval=100)
    training.validate(3.0)
    training.step(*[0.5] * 20)

    assert training.time_left._told == pytest.approx(218.5)


def test_at_the_end_nothing_is_left_not_even_the_last_validation(said):
    training = Training(60, interval=1000)
    training.validate(4.0)
    training.step(*[0.5] * 59)
    assert said.messages == ["Net: 60 steps, about 40 s at 0.5 s a step"]

    training.validate(60.0)
    training.step(0.5)

    assert len(said.messages) == 1


def test_a_slow_validation_at_the_start_is_followed_by_the_estimate(said):
    training = Training(100, interval=100)
    training.validate(9.0)

    training.step(0.8, 0.5)

    assert said.messages == ["Net: 100 steps, about 70 s at 0.5 s a step"]


def test_a_resumed_training_says_what_is_left(said):
    training = Training(420, interval=100, batches=10, done=200)

    training.step(*[0.5] * 20)

    # A validation, which was not timed yet, is taken for four steps: 2 s.
    left = 0.5 * (420 - 210) + 3 * 2
    assert training.time_left._told == pytest.approx(left + 5)
    assert said.messages == ["Net: 210 of 420 steps left, about 2 min at 0.5 s a step"]
