"""Images in rows and in panels, pixel by pixel."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from denoising_autoencoder.figures import (
    ImageRow,
    Panel,
    image_panels,
    image_rows,
    psnr_histogram,
)
from tests.figures.screens import place_of, render, texts


def random_images(count: int, height: int = 8, width: int = 8, seed: int = 0):
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def box_of(figure: Figure, text: str) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of a text, from the top of the screen."""
    height = render(figure).shape[0]
    (artist,) = [artist for artist in figure.texts if artist.get_text() == text]
    box = artist.get_window_extent()
    return box.x0, box.x1, height - box.y1, height - box.y0


@pytest.mark.parametrize(
    ("height", "width", "scale"),
    [(32, 32, 4), (8, 8, 16), (32, 20, 4), (48, 40, 3), (300, 30, 1)],
)
def test_every_pixel_of_an_image_is_drawn_as_a_square_of_whole_screen_pixels(
    height, width, scale
):
    images = random_images(2, height, width)

    screen = render(image_rows([ImageRow("clean", images)], "title"))

    # The whole magnified image is there, exactly, once: nothing is interpolated.
    first, second = (place_of(screen, image, scale) for image in images)
    assert first[0] == second[0]
    assert second[1] >= first[1] + width * scale


def test_rows_stand_one_under_the_other_and_images_in_columns():
    above, below = random_images(3, seed=1), random_images(3, seed=2)
    rows = [
        ImageRow("noisy", above, psnr=[10.0, 11.0, 12.0]),
        ImageRow("AE", below, psnr=[20.0, 21.0, 22.0]),
    ]

    screen = render(image_rows(rows, "title"))

    upper = [place_of(screen, image, 16) for image in above]
    lower = [place_of(screen, image, 16) for image in below]
    assert [left for _, left in upper] == [left for _, left in lower]
    assert [left for _, left in upper] == sorted({left for _, left in upper})
    assert len({top for top, _ in upper}) == 1
    assert lower[0][0] >= upper[0][0] + 8 * 16


def test_each_image_has_its_psnr_centred_under_it():
    images = random_images(2)
    rows = [
        ImageRow("noisy", images, psnr=[11.04, 12.36]),
        ImageRow("DAE", random_images(2, seed=1), psnr=pd.Series([21.0, 22.25])),
    ]

    figure = image_rows(rows, "title")

    screen = render(figure)
    for image, caption in [
        (images[0], "11.0 dB"),
        (images[1], "12.4 dB"),
        (rows[1].images[0], "21.0 dB"),
        (rows[1].images[1], "22.2 dB"),
    ]:
        top, left = place_of(screen, image, 16)
        x0, x1, y0, y1 = box_of(figure, caption)
        assert (x0 + x1) / 2 == pytest.approx(left + 64, abs=1.5)
        assert top + 128 <= y0
        assert y1 <= top + 128 + 32


def test_a_row_without_psnr_has_no_captions():
    figure = image_rows([ImageRow("clean", random_images(2))], "title")

    assert sorted(texts(figure)) == ["clean", "title"]


def test_labels_stand_left_of_their_rows_and_the_title_above_all():
    rows = [
        ImageRow("clean", random_images(2)),
        ImageRow("noisy", random_images(2, seed=1)),
    ]

    figure = image_rows(rows, "Test images, std 0.3")

    screen = render(figure)
    first_top, first_left = place_of(screen, rows[0].images[0], 16)
    _, _, title_y0, title_y1 = box_of(figure, "Test images, std 0.3")
    assert title_y0 >= 0
    assert title_y1 <= first_top
    for row in rows:
        top, left = place_of(screen, row.images[0], 16)
        x0, x1, y0, y1 = box_of(figure, row.label)
        assert x0 >= 0
        assert x1 <= left == first_left
        assert top <= (y0 + y1) / 2 <= top + 128


@pytest.mark.parametrize("count", [1, 5, 10])
def test_a_title_that_states_images_and_noise_is_drawn_whole(count):
    title = (
        "Denoising autoencoder, Gaussian noise of std 0.316 (variance 0.1), clamped "
        "to [-1, 1] · sample photographs, test images 1 to 10 of 1,000"
    )

    figure = image_rows([ImageRow("clean", random_images(count))], title)

    width = render(figure).shape[1]
    drawn = [artist for artist in figure.texts if artist.get_text() != "clean"]
    assert " ".join(artist.get_text() for artist in drawn).split() == title.split()
    for artist in drawn:
        box = artist.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= width


def test_drawing_leaves_the_images_as_they_are():
    images = random_images(2)

    render(image_rows([ImageRow("clean", images)], "title"))

    np.testing.assert_array_equal(images, random_images(2))


# Panels


@pytest.mark.parametrize(("side", "scale"), [(32, 4), (8, 16), (300, 1)])
def test_panels_show_each_image_once_in_rows_with_every_pixel_as_it_is(side, scale):
    images = random_images(7, side, side)

    screen = render(
        image_panels(
            [Panel(f"method {n}", image) for n, image in enumerate(images)], "t"
        )
    )

    found = [place_of(screen, image, scale) for image in images]
    assert found[:5] == sorted(found[:5])
    assert len({top for top, _ in found[:5]}) == len({top for top, _ in found[5:]}) == 1
    assert found[5][0] >= found[0][0] + side * scale
    assert [left for _, left in found[5:]] == [left for _, left in found[:2]]


def test_a_panel_has_its_name_above_and_its_psnr_below():
    images = random_images(6)
    panels = [Panel("original", images[0])]
    panels += [Panel(f"method {n}", images[n], psnr=20.04 + n) for n in range(1, 6)]

    figure = image_panels(panels, "Image 1, std 0.3")

    screen = render(figure)
    assert "21.0 dB" in texts(figure)
    assert len([text for text in texts(figure) if text.endswith("dB")]) == 5
    for panel in panels:
        top, left = place_of(screen, panel.image, 16)
        x0, x1, y0, y1 = box_of(figure, panel.label)
        assert (x0 + x1) / 2 == pytest.approx(left + 64, abs=1.5)
        assert top - 34 <= y0
        assert y1 <= top
        if panel.psnr:
            x0, x1, y0, y1 = box_of(figure, f"{panel.psnr:.1f} dB")
            assert (x0 + x1) / 2 == pytest.approx(left + 64, abs=1.5)
            assert top + 128 <= y0
            assert y1 <= min(top + 162, screen.shape[0])
    assert box_of(figure, "Image 1, std 0.3")[3] <= place_of(screen, images[0], 16)[0]


def test_figures_leave_pyplot_alone():
    from matplotlib import pyplot as plt

    before = plt.get_fignums()

    render(image_rows([ImageRow("clean", random_images(1))], "title"))
    render(psnr_histogram({"AE": np.array([20.0, 30.0])}, "title"))

    assert plt.get_fignums() == before


def test_a_name_with_signs_of_formulas_is_drawn_as_it_is():
    figure = image_rows([ImageRow(r"$\frac$", random_images(2))], title="$a_$")

    render(figure)
    assert texts(figure) == ["$a_$", r"$\frac$"]


def test_usual_labels_stay_in_one_line():
    labels = ["reconstruction", "total variation"]

    figure = image_rows([ImageRow(label, random_images(2)) for label in labels], "t")

    assert texts(figure)[1:] == labels


@pytest.mark.parametrize("name", ["A network with a long name " * 11, "W" * 300])
def test_long_names_cover_neither_images_nor_each_other(name):
    images = random_images(3)
    labels = [f"{number} {name}" for number in range(3)]
    row = ImageRow(labels[0], images)
    panels = [Panel(*pair) for pair in zip(labels, images, strict=True)]

    for figure in (image_rows([row], "title"), image_panels(panels, "title")):
        screen = render(figure)
        boxes = [text.get_window_extent() for text in figure.texts]
        for top, left in [place_of(screen, image, 16) for image in images]:
            bottom = screen.shape[0] - top - 128
            boxes.append(Bbox.from_bounds(left, bottom, 128, 128))
        for box, other in combinations(boxes, 2):
            assert not box.overlaps(other)
        assert min(box.x0 for box in boxes) >= 0
