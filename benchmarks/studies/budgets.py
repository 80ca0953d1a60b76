"""The quality of the denoisers after so many seconds of training, on the test images.

    .venv/bin/python -m benchmarks.studies.budgets IMAGES.npz [--name NAME]
        [--lanes resunet,dae] [--seconds 120,600] [--noise variance,std]
        [--seeds N] [--first-seed N] [--set YAML] [--split test] [--out FOLDER]

Trainings run one after the other, with the threads of their recipe. The table, in
Markdown, has the mean over the test images, for a single pass and for the self-ensemble
of eight, and the milliseconds for an image in batches of 500. `--out` keeps the scores
of each image (for paired tests) and the loss history with its seconds (for curves).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import yaml

from benchmarks.runs import NOISE
from benchmarks.studies.trials import Trial, run


def main() -> None:
    """Train, score, and print a row for each training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("npz", type=Path)
    parser.add_argument("--name", default="CIFAR-10 subset")
    parser.add_argument("--lanes", default="resunet")
    parser.add_argument("--seconds", default="120")
    parser.add_argument("--noise", default="variance,std")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--set", type=yaml.safe_load, default={})
    parser.add_argument("--split", default="test")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    print(f"{given.name}, {given.split} images; changes: {given.set or 'none'}\n")
    print(
        "| noise | lane | s | steps | seed | PSNR dB | SSIM | MSE | x8 PSNR dB | "
        "x8 SSIM | ms/image |"
    )
    print("| --- " * 11 + "|")
    for noise in (name for name in NOISE if name.split()[0] in given.noise):
        for lane in given.lanes.split(","):
            for seconds in map(float, given.seconds.split(",")):
                for seed in range(given.first_seed, given.first_seed + given.seeds):
                    outcome = run(
                        Trial(
                            images=given.npz.resolve(),
                            lane=lane,
                            changes=given.set,
                            noise=noise,
                            seed=seed,
                            seconds=seconds,
                            split=given.split,
                            records=20,
                        )
                    )
                    mean = outcome.scores.mean()
                    eight = outcome.ensemble.mean()
                    cells = [noise, lane, f"{outcome.seconds:.0f}"]
                    cells += [f"{outcome.steps:,}", str(seed)]
                    cells += [f"{mean['psnr']:.3f}", f"{mean['ssim']:.4f}"]
                    cells += [f"{mean['mse']:.5f}", f"{eight['psnr']:.3f}"]
                    cells += [f"{eight['ssim']:.4f}", f"{outcome.milliseconds:.2f}"]
                    print(f"| {' | '.join(cells)} |", flush=True)
                    if given.out:
                        given.out.mkdir(parents=True, exist_ok=True)
                        name = f"{noise[:3]}-{lane}-{seconds:g}s-seed{seed}"
                        both = outcome.scores.join(outcome.ensemble.add_suffix("_x8"))
                        both.to_csv(given.out / f"{name}-scores.csv", index=False)
                        outcome.curve.to_csv(
                            given.out / f"{name}-curve.csv", index=False
                        )


if __name__ == "__main__":
    main()
