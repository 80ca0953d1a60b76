"""Every measured number in README and docs comes from docs/results/."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
TOOL = PROJECT / "docs/tools/results.py"
GENERATED_BY_OTHERS = {"parameters.md"}
PAGES = [
    PROJECT / "README.md",
    *(
        page
        for page in sorted((PROJECT / "docs").glob("*.md"))
        if page.name not in GENERATED_BY_OTHERS
    ),
]

_WORDS = "two|three|four|five|six|seven|eight|nine|ten|half an"
_UNITS = "dB|ms|kB|MB|GB|s|seconds?|minutes?|hours?|images/s|steps/s|GFLOP/s|megabytes"
MEASURED = re.compile(
    rf"(?:\d[\d.,]*|\b(?:{_WORDS}))[ -](?:{_UNITS})\b(?!/)", re.IGNORECASE
)
SCORE = re.compile(r"(?<![\w.,-])0?\.\d{2,4}(?![\w.])")

ALLOWED = {
    "two minutes": "the bound that `make test` keeps",
    "6 GB": "the room that PyTorch's default build needs",
    "ten minutes": "what the recipe of --env=long is named after",
    "0.05": "a default in a table of parameters",
    "0.31623": "the default of noise.std, variance 0.1 by definition",
    "30 s": "the default of checkpoint_seconds",
    "5 s": "the time-out of the server's answer",
    "170 MB": "the size of CIFAR-10's archive",
    "20 s": "a time-out",
}


def _written_by_hand(text: str) -> str:
    """Return the text without what docs/tools/results.py writes."""
    text = re.sub(r"<!-- results: .*?<!-- end -->", "", text, flags=re.DOTALL)
    return re.sub(r"<!-- r: .*?<!-- /r -->", "GENERATED", text, flags=re.DOTALL)


def test_the_pages_hold_the_numbers_of_the_files() -> None:
    done = subprocess.run(
        [sys.executable, TOOL, "--check"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_measured_number_is_written_by_hand(page: Path) -> None:
    text = _written_by_hand(page.read_text())
    tables = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    found = {match[0] for match in MEASURED.finditer(text)}
    found |= {match[0] for match in SCORE.finditer(tables)}

    assert found - set(ALLOWED) == set()


@pytest.mark.parametrize(
    "sentence", ["It takes 3.2 s.", "ResUNet: 26.51 dB", "in five minutes", "1,103 s"]
)
def test_a_number_written_by_hand_is_found(sentence: str) -> None:
    assert MEASURED.search(_written_by_hand(sentence))
    marked = f"<!-- r: file | row | column -->{sentence}<!-- /r -->"
    assert not MEASURED.search(_written_by_hand(marked))
