"""The networks by name.

A network is a package with two modules. `options.py` has `Options`, a subclass of
`NetworkOptions`. It does not import PyTorch, so that a configuration can be checked
without it. `network.py` has `build(options)`, which returns the module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from denoising_autoencoder.networks.options import NetworkOptions
from denoising_autoencoder.validation import explain

NETWORKS = {
    "report": "denoising_autoencoder.networks.course_report",
    "resunet": "denoising_autoencoder.networks.resunet",
    "ffdnet": "denoising_autoencoder.networks.ffdnet",
    "codec": "denoising_autoencoder.networks.codec",
}
"""Import path of each network's package, by the name in parameters and saved models."""


def options_of(name: str) -> type[NetworkOptions]:
    """The class of a network's options.

    Args:
        name: A key of `NETWORKS`.
    """
    options: type[NetworkOptions] = import_module(f"{NETWORKS[name]}.options").Options
    return options


def builder_of(name: str) -> Callable[..., object]:
    """The function that builds a network from its options; imports PyTorch.

    Args:
        name: A key of `NETWORKS`.
    """
    build: Callable[..., object] = import_module(f"{NETWORKS[name]}.network").build
    return build


def check_options(name: str, options: Mapping[str, Any]) -> NetworkOptions:
    """Check the options of a network.

    Args:
        name: A key of `NETWORKS`.
        options: The options that differ from the defaults.

    Returns:
        All options, typed.

    Raises:
        ValueError: Options are unknown, have another type or are out of bounds. The
            message names each of them.
    """
    model = options_of(name)
    try:
        return model.model_validate(options)
    except ValidationError as error:
        problems = [explain(item, model) for item in error.errors(include_url=False)]
        raise ValueError(f"network {name}: {'; '.join(problems)}") from error
