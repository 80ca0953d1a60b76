"""A sampler whose choices depend on the finished trials and the trial's place only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from denoising_autoencoder.tuning.seeds import SAMPLER, seed_of
from denoising_autoencoder.tuning.trials import place_of


class SamplerByPlace(BaseSampler):
    """TPE (Bergstra et al. 2011) with a generator of its own for each trial.

    So a study that was interrupted and resumed has the trials of one that was not.

    Args:
        seed: Seed of the tuning.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._number = -1
        self._of_number: BaseSampler = TPESampler(seed=seed)

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """The parameters that are sampled together."""
        return self._of(study, trial).infer_relative_search_space(study, trial)

    def sample_relative(
        self,
        study: Study,
        trial: FrozenTrial,
        search_space: dict[str, BaseDistribution],
    ) -> dict[str, Any]:
        """Sample parameters together."""
        return self._of(study, trial).sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Sample one parameter."""
        sampler = self._of(study, trial)
        return sampler.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """Take note of the end of a trial."""
        self._of(study, trial).after_trial(study, trial, state, values)

    def _of(self, study: Study, trial: FrozenTrial) -> BaseSampler:
        if trial.number != self._number:
            place = place_of(trial, study.get_trials(deepcopy=False))
            self._number = trial.number
            self._of_number = TPESampler(seed=seed_of(self._seed, SAMPLER, place))
        return self._of_number
