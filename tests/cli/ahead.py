"""What a forked `kedro` finds done: the configuration was read once.

The parser that OmegaConf uses learns the grammar of `${…}` while it reads, which takes
half of the time of a short call.
"""

from __future__ import annotations

from pathlib import Path

from kedro.config import OmegaConfigLoader

from denoising_autoencoder.addresses import local_place

PROJECT = Path(__file__).parents[2]

OmegaConfigLoader(
    str(PROJECT / "conf"),
    env="test",
    base_env="base",
    custom_resolvers={"local_place": local_place},
)["catalog"]
