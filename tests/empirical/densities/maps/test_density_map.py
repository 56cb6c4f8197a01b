"""Maps: pixels of a window in order, the law's own log density at their centres, and what lies in view."""

import numpy as np
import pytest
from jaxtyping import Float

from empirical.densities.maps.density_map import Window, densest, rendered, window_of


class Slope:
    """A stand-in law whose log density tells a point's coordinates."""

    def log_prob(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """Thousands for y, units for x."""
        return x[:, 0] + 1000 * x[:, 1]


def test_pixels_are_squares_from_the_bottom_left() -> None:
    """Twice as wide as high: half as many rows; the centres are half a pixel inside."""
    pixels = Window(0.0, 4.0, 1.0, 3.0).pixels(8)

    assert pixels.shape == (4, 8, 2)
    assert pixels[0, 0].tolist() == [0.25, 1.25]
    assert pixels[-1, -1].tolist() == [3.75, 2.75]


def test_each_pixel_asks_for_its_own_centre() -> None:
    """Over more pixels than are asked for at once, each value is that of its centre; the bar ends at 1."""
    window, seen = Window(-1.0, 1.0, -1.0, 1.0), list[float]()

    values = rendered(Slope(), window, 300, seen.append)

    assert np.array_equal(values, window.pixels(300) @ [1.0, 1000.0])
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 1


def test_segments_far_away_are_left_out() -> None:
    """A segment through the window is kept though both ends lie outside; one beside it is not."""
    window = Window(0.0, 1.0, 0.0, 1.0)
    through, beside = [[-1.0, 0.5], [2.0, 0.5]], [[2.0, 0.0], [2.0, 1.0]]

    assert window.meets(np.array([through, beside])).tolist() == [True, False]


def test_the_window_holds_the_middle_share() -> None:
    """Square, around nearly all points; one point far away does not widen it."""
    points = np.random.default_rng(0).uniform(-1, 1, (100_000, 2)) * [1.0, 0.5]
    window = window_of(np.concatenate([points, [[1e6, 0.0]]]))

    assert window.right - window.left == pytest.approx(window.top - window.bottom)
    assert 2.0 < window.right - window.left < 2.5


def test_an_empty_window_is_refused() -> None:
    """The sentence says which way a window runs."""
    with pytest.raises(ValueError, match="from left to right"):
        Window(1.0, 1.0, 0.0, 1.0)


def test_the_densest_part_is_where_the_mass_is() -> None:
    """Of a bell off the centre the part is around its peak, whatever a single pixel has."""
    window = Window(0.0, 10.0, 0.0, 10.0)
    bell = -np.square(window.pixels(100) - [7.0, 3.0]).sum(axis=-1) / 2
    bell[90, 5], bell[0] = 2.0, -np.inf

    part = densest(bell, window, share=0.2)

    assert (part.left, part.right) == pytest.approx((6.0, 8.0), abs=0.11)
    assert (part.bottom, part.top) == pytest.approx((2.0, 4.0), abs=0.11)
