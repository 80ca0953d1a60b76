"""How long a training takes here, told while it runs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from denoising_autoencoder.terminal.duration import about, precisely

logger = logging.getLogger(__name__)

LOOK = 5.0
"""Seconds until the first estimate. If less than that is left, nothing is said."""

_STEPS, _SECONDS, _SHARE = 10, 10.0, 0.1
"""Smallest distance to the next estimate: steps, seconds, a share of the time so far.
So a long training on a machine that is busy now and then gets few lines."""

FORWARD = 0.4
"""What an image costs in validation, in units of its cost in a step. Of the three
passes of the same work (forward, gradients of inputs and of weights) it is the first;
measured: 0.33 to 0.44."""


@dataclass
class TimeLeft:
    """Logs how long a training takes: early, and again when that changes by half.

    The first step is slower than the others, and does not count if it is over before
    the first estimate. The time of a step is the mean of the steps since the last
    estimate and of that estimate's, so that a busy minute counts more than a busy
    second.

    Attributes:
        label: Name of the training in the log.
        steps: Number of steps of the whole training.
        interval: Steps between two validations.
        batches: Number of a step's batches that the validation set would make.
        clock: Function that returns the time in seconds.
    """

    label: str
    steps: int
    interval: int
    batches: float
    clock: Callable[[], float] = time.perf_counter

    _validating: float = field(default=0.0, init=False)
    _validation: float | None = field(default=None, init=False)
    _step: float | None = field(default=None, init=False)
    _told: float | None = field(default=None, init=False)
    _before: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._start = self.clock()
        self._due = self._start + LOOK
        self._counted = 0.0  # seconds of steps up to the last estimate

    def timing(self, validate: Callable[[], float]) -> Callable[[], float]:
        """A function that validates and is timed, since it is not part of a step.

        Args:
            validate: Function that returns the MSE of the validation set.
        """

        def timed() -> float:
            begun = self.clock()
            self._before_validation(begun - self._start)
            mse = validate()
            self._validation = self.clock() - begun
            self._validating += self._validation
            return mse

        return timed

    def _before_validation(self, passed: float) -> None:
        """Log an estimate before a long first validation, from the first gradient."""
        is_first = self._before is None and self._validation is None
        validation = passed * self.batches * FORWARD
        if is_first and validation > LOOK:
            self._tell(0, passed + validation, passed)

    def after_update(self, done: int) -> None:
        """Log an estimate if it is due and says something new.

        Args:
            done: Number of steps that are done, with those before an interruption.
        """
        now = self.clock()
        stepping = now - self._start - self._validating
        if self._before is None:
            self._before = self._seen = done - 1
            if stepping < LOOK:
                self._counted, self._seen = stepping, done
                return
        few = self._step is not None and done - self._seen < _STEPS
        if now < self._due or few or done == self.steps:
            return
        step = (stepping - self._counted) / (done - self._seen)
        self._step = step if self._step is None else (self._step + step) / 2
        self._counted, self._seen = stepping, done
        passed = now - self._start
        self._due = now + max(_SECONDS, _SHARE * passed)
        self._tell(done, passed, self._step)

    def _tell(self, done: int, passed: float, step: float) -> None:
        left = step * (self.steps - done) + self._validations_left(done, step)
        whole = passed + left
        known = self._told is not None and abs(whole - self._told) < self._told / 2
        if known or left < LOOK:
            return
        speed = precisely(step)
        if self._told is None and not self._before:
            what, seconds = f"{self.steps:,} steps", whole
        else:
            what, seconds = f"{self.steps - done:,} of {self.steps:,} steps left", left
        logger.info("%s: %s, %s at %s a step", self.label, what, about(seconds), speed)
        self._told = whole

    def _validations_left(self, done: int, step: float) -> float:
        """Seconds of all validations to come: one each interval, and one at the end."""
        count = -(-self.steps // self.interval) - done // self.interval
        if self._validation is None:
            return count * step * self.batches * FORWARD
        return count * self._validation
