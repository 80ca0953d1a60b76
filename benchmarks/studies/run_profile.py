"""Where the seconds of a run go, node by node.

    .venv/bin/python -m benchmarks.studies.run_profile IMAGES.npz
        [--pipeline report_lanes] [--env quick] [--params noise.std=0.1] [--data FOLDER]

The project's session runs the pipeline in this process, as a notebook would, and writes
to FOLDER or an empty folder. The table, in Markdown, has for each node the seconds of
its function (with its imports), of loading its inputs and of saving its outputs. The
rest is the interpreter, Kedro's imports and start, and this project's hooks.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from kedro.framework.hooks import hook_impl
from kedro.framework.startup import bootstrap_project

from benchmarks.runs import PROJECT
from denoising_autoencoder.run.session import CleanSession

PARTS = ("run", "load", "save")


class Clock:
    """Times every node and the datasets that it loads and saves."""

    def __init__(self) -> None:
        self.seconds: dict[str, dict[str, float]] = defaultdict(
            lambda: dict.fromkeys(PARTS, 0.0)
        )
        self._since: dict[tuple[str, str], float] = {}

    def _start(self, node: Any, what: str) -> None:
        self._since[node.name, what] = time.perf_counter()

    def _stop(self, node: Any, what: str) -> None:
        self.seconds[node.name][what] += time.perf_counter() - self._since.pop(
            (node.name, what)
        )

    @hook_impl(tryfirst=True)
    def before_dataset_loaded(self, node: Any) -> None:
        """Start the time of loading."""
        self._start(node, "load")

    @hook_impl(trylast=True)
    def after_dataset_loaded(self, node: Any) -> None:
        """Stop the time of loading."""
        self._stop(node, "load")

    @hook_impl(trylast=True)
    def before_node_run(self, node: Any) -> None:
        """Start the time of the function."""
        self._start(node, "run")

    @hook_impl(tryfirst=True)
    def after_node_run(self, node: Any) -> None:
        """Stop the time of the function."""
        self._stop(node, "run")

    @hook_impl(tryfirst=True)
    def before_dataset_saved(self, node: Any) -> None:
        """Start the time of saving."""
        self._start(node, "save")

    @hook_impl(trylast=True)
    def after_dataset_saved(self, node: Any) -> None:
        """Stop the time of saving."""
        self._stop(node, "save")


def since_the_process_started() -> float:
    """Return the age of this process in seconds."""
    ticks = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
    per_second = 100  # USER_HZ, fixed in the interface of the kernel
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / per_second


def main() -> None:
    """Run, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--pipeline", default="report_lanes")
    parser.add_argument("--env", default="quick")
    parser.add_argument("--params", default="")
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        clock = Clock()
        bootstrap_project(PROJECT)
        parameters: dict[str, Any] = {
            "data_root": str((given.data or Path(folder)).resolve()),
            "images": {"source": "npz", "path": str(given.npz.resolve())},
        }
        for parameter in filter(None, given.params.split(",")):
            name, value = parameter.split("=")
            *blocks, last = name.split(".")
            inner = parameters
            for block in blocks:
                inner = inner.setdefault(block, {})
            inner[last] = yaml.safe_load(value)
        with CleanSession.create(
            project_path=PROJECT, env=given.env, runtime_params=parameters
        ) as session:
            session._hook_manager.register(clock)
            session.run(pipeline_names=[given.pipeline])
        total = since_the_process_started()
    print("\n| node | " + " | ".join(f"{part} s" for part in PARTS) + " |")
    print("| --- " * (1 + len(PARTS)) + "|")
    for node, seconds in clock.seconds.items():
        print(f"| {node} | {' | '.join(f'{seconds[p]:.2f}' for p in PARTS)} |")
    sums = {p: sum(seconds[p] for seconds in clock.seconds.values()) for p in PARTS}
    print(f"| all | {' | '.join(f'{sums[p]:.2f}' for p in PARTS)} |")
    rest = total - sum(sums.values())
    print(f"\n{total:.2f} s in all, {rest:.2f} s of them outside of nodes")


if __name__ == "__main__":
    main()
