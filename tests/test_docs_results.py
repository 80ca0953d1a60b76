"""Every measured number in README and docs comes from docs/results/."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests import processes

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

_WORDS = "two|three|four|five|six|seven|eight|nine|ten|half an|an"
_UNITS = "dB|ms|kB|MB|GB|s|seconds?|minutes?|hours?|images/s|steps/s|GFLOP/s|megabytes"
WITH_UNIT = rf"(?:\d[\d.,]*|\b(?:{_WORDS}))[ -](?:{_UNITS})\b(?!/)"
# A score such as 26.51 may have no unit; a parameter such as 0.1 has one decimal.
WITHOUT_UNIT = r"(?<![\w.,-])\d*\.\d{2,}(?!\.?\w)"
MEASURED = re.compile(f"{WITH_UNIT}|{WITHOUT_UNIT}", re.IGNORECASE)

ALLOWED = {
    "two minutes": "the bound that `make test` keeps",
    "6 GB": "the room that PyTorch's default build needs",
    "ten minutes": "the time that designs were given, a definition",
    "60 s": "the time that trainings of the ablation were given, a definition",
    "0.316": "the sigma of variance 0.1, by definition",
    "0.31623": "the same: the default of noise.std",
    "0.157": "20 / 127.5",
    "5 s": "the time-out of the server's answer",
    "16 MB": "the size up to which files are hashed before they are read",
    "83.0 dB": "the PSNR of one sample off by one level in 32x32 pixels, by definition",
    "170 MB": "the size of CIFAR-10's archive",
    "128 kB": "the size from which glibc's malloc asks the system, by default",
    "3.11": "a release of Python",
    "3.12": "a release of Python",
    "3.13": "a release of Python",
    "0.26": "a release of scikit-image",
    "0.001": "a learning rate, the lower end of a range in an example",
    "0.01": "a learning rate that an example gives",
    "0.0442": "a learning rate in the log of an example",
    "10 s": "the time-out of a store that falls silent",
    "64 MB": "what of a large array is computed at once",
    "3 GB": "the size of a million images of 32x32 pixels",
    "2 GB": "the limit of a control group, a definition",
}


def _written_by_hand(text: str) -> str:
    """Return the text without addresses and what docs/tools/results.py writes."""
    text = re.sub(r"\]\(https?://[^)]*\)", "]", text)
    text = re.sub(r"<!-- results: .*?<!-- end -->", "", text, flags=re.DOTALL)
    return re.sub(r"<!-- r: .*?<!-- /r -->", "GENERATED", text, flags=re.DOTALL)


def test_the_pages_hold_the_numbers_of_the_files() -> None:
    done = processes.run([sys.executable, str(TOOL), "--check"])

    assert done.returncode == 0, done.stdout


def test_no_measured_number_is_written_by_hand() -> None:
    found = {
        match[0]: page.name
        for page in PAGES
        for match in MEASURED.finditer(_written_by_hand(page.read_text()))
    }

    assert {number: found[number] for number in found if number not in ALLOWED} == {}
    assert set(ALLOWED) - set(found) == set(), "allowed, but on no page"


@pytest.mark.parametrize(
    "sentence",
    [
        *("It takes 3.2 s.", "ResUNet: 26.51 dB", "in five minutes", "1,103 s"),
        *("an hour of training", "| resunet | 26.51 | .880 |", "an SSIM of .889."),
    ],
)
def test_a_number_written_by_hand_is_found(sentence: str) -> None:
    assert MEASURED.search(_written_by_hand(sentence))
    marked = f"<!-- r: file | row | column -->{sentence}<!-- /r -->"
    assert not MEASURED.search(_written_by_hand(marked))


@pytest.fixture
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("results", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_old_number_is_replaced(tool) -> None:
    (cell,) = tool.select(tool.read("times"), "AMX")["denoise, minutes"]
    marker = "<!-- r: times | AMX | denoise, minutes -->"

    page = tool.render(f"It takes {marker}99<!-- /r --> minutes.")

    assert page == f"It takes {marker}{cell}<!-- /r --> minutes."


def test_a_table_has_the_rows_that_its_marker_names(tool) -> None:
    marker = "<!-- results: baselines_std | dae; noisy_input | method; PSNR dB -->"

    page = tool.render(f"{marker}\nold\n<!-- end -->")

    lines = page.splitlines()
    assert lines[2] == "| method | PSNR dB |"
    assert [line.split(" | ")[0] for line in lines[4:6]] == ["| dae", "| noisy_input"]
    commit = tool.read("baselines_std")["commit"].iloc[0]
    assert f"commit {commit}" in lines[7]


def test_rows_with_commands_of_their_own_refer_to_the_file(tool) -> None:
    page = tool.render("<!-- results: budgets -->\n<!-- end -->")

    (line,) = (line for line in page.splitlines() if line.startswith("<sub>"))
    assert line.startswith("<sub>Measured: AMX (Intel Xeon), two cores, PyTorch 2.14.1")
    commits = tool.read("budgets")["commit"].unique()
    assert f"commits {', '.join(commits)}" in line
    assert line.endswith("each row's command is in `docs/results/budgets.csv`</sub>")


def test_a_row_that_does_not_exist_is_an_error(tool) -> None:
    with pytest.raises(KeyError, match="nothing"):
        tool.render("<!-- r: times | nothing | denoise, minutes --><!-- /r -->")


def test_every_file_says_where_its_numbers_come_from_and_is_on_a_page(tool) -> None:
    text = "".join(page.read_text() for page in PAGES)
    for path in tool.RESULTS.glob("*.csv"):
        frame = tool.read(path.stem)

        assert (frame[tool.PROVENANCE] != "").all(axis=None), path.name
        assert re.search(rf"<!-- (results|r): {path.stem}[ |]", text), path.name
