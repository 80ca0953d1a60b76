"""Which trials are ended early, from what they report."""

from __future__ import annotations

import math
import warnings

import optuna
import pytest
from optuna import TrialPruned

from denoising_autoencoder.tuning.pruning import Reports, make_pruner
from denoising_autoencoder.tuning.storage import quiet_optuna


class Search:
    """Trials that report the scores of their folds."""

    def __init__(self, pruner: str, objective: str = "psnr") -> None:
        self.pruner, self.objective = pruner, objective
        direction = "maximize" if objective == "psnr" else "minimize"
        with quiet_optuna():
            self.study = optuna.create_study(
                direction=direction, pruner=make_pruner(pruner)
            )

    def begin(self, may_end: bool = True) -> Reports:
        trial = self.study.ask()
        return Reports(trial, self.pruner, self.objective, 10, may_end)

    def run(self, *scores: float, may_end: bool = True) -> None:
        reports = self.begin(may_end)
        for count in range(1, len(scores) + 1):
            reports.after_fold(list(scores[:count]))
            reports.end_if_bad(list(scores[:count]))
        self.study.tell(reports.trial, sum(scores) / len(scores))


@pytest.mark.parametrize(("objective", "sign"), [("psnr", 1), ("mse", -1)])
def test_the_mean_is_compared_with_the_median_after_each_fold(objective, sign):
    """The first fold is the easiest, so that every trial's best score is its first."""
    search = Search("median", objective)
    for shift in (-0.2, -0.1, 0.0, 0.1, 0.2):
        search.run(*(sign * (score + shift) for score in (24.6, 24.2, 24.0)))

    search.run(sign * 24.61, sign * 24.20, sign * 24.01)
    with pytest.raises(TrialPruned, match="after fold 1"):
        search.run(sign * 24.61, sign * 24.10, sign * 24.50)
    search.run(sign * 24.0, sign * 24.0, sign * 24.0, may_end=False)


def test_no_trial_is_ended_before_five_are_complete():
    search = Search("median")
    for _ in range(4):
        search.run(25.0, 25.0)

    search.run(20.0, 20.0)
    with pytest.raises(TrialPruned):
        search.run(20.0, 20.0)


def test_records_of_the_first_fold_are_compared_at_the_same_part_of_a_training():
    search = Search("median")
    for _ in range(5):
        reports = search.begin()
        for part, psnr in ((0.0, 5), (0.3, 20), (0.6, 22), (1.0, 24)):
            reports.within_first_fold(part, 4 / 10 ** (psnr / 10))
        search.study.tell(reports.trial, 24.0)

    reports = search.begin()
    reports.within_first_fold(0.3, 4 / 10**2.01)
    with pytest.raises(TrialPruned, match="within the first fold"):
        reports.within_first_fold(0.6, 4 / 10**2.19)

    steps = search.study.get_trials()[0].intermediate_values
    assert list(steps) == [3, 6]
    assert math.isclose(steps[6], 22)


def test_wilcoxon_ends_a_trial_that_is_worse_than_the_best_on_fold_after_fold():
    best = [24.0, 25.0, 26.0, 24.5, 25.5, 26.5, 24.2, 25.2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # folds of equal scores
        search = Search("wilcoxon")
        search.run(*best)

        search.run(*(s + 0.1 * (-1) ** n * (n + 1) for n, s in enumerate(best)))
        with pytest.raises(TrialPruned, match="after fold 3"):
            search.run(*(s - 0.1 - 0.01 * n for n, s in enumerate(best)))
