"""What reading and writing takes at its peak, for pictures of 100 megapixels."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import tifffile

from tests.processes import run

_MAKE = """
import sys
from PIL import Image
Image.MAX_IMAGE_PIXELS = None
image = Image.radial_gradient("L").resize((12_500, 8_000))
bands = [image, image.transpose(Image.Transpose.FLIP_TOP_BOTTOM), image]
Image.merge("RGB", bands).save(sys.argv[1], compress_level=1)
"""

_COPY = """
import re, sys
from pathlib import Path
import imagecodecs, numpy, tifffile
from PIL import Image
from denoising_autoencoder.pictures.picture import open_picture, write_picture

def megabytes(name):
    status = Path("/proc/self/status").read_text()
    return int(re.search(name + r":\\s+(\\d+)", status).group(1)) / 1024

source, target = map(Path, sys.argv[1:])
before = megabytes("VmRSS")
with open_picture(source, 10**9) as picture:
    pages = (picture.read_page(index) for index in range(picture.pages))
    write_picture(target, picture, pages)
print(megabytes("VmHWM") - before)
"""

_LIMITED = f"""
import resource
resource.setrlimit(resource.RLIMIT_DATA, (2**30, 2**30))
{_COPY}
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_100_megapixels_take_700_mb(tmp_path, name):
    path = tmp_path / name
    assert run([sys.executable, "-c", _MAKE, str(path)]).returncode == 0

    result = run([sys.executable, "-c", _COPY, str(path), str(tmp_path / "copy")])

    assert result.returncode == 0, result.stdout
    assert float(result.stdout) < 720


@pytest.mark.slow
def test_a_plain_tiff_may_be_larger_than_the_memory(tmp_path):
    path = tmp_path / "a.tif"
    shape = (20_000, 20_000, 3)
    pixels = tifffile.memmap(path, shape=shape, dtype="uint8", photometric="rgb")
    pixels[:1000] = np.arange(3, dtype="uint8")
    del pixels

    result = run([sys.executable, "-c", _LIMITED, str(path), str(tmp_path / "copy")])

    assert result.returncode == 0, result.stdout
    assert tifffile.memmap(tmp_path / "copy")[999, 0, 2] == 2
