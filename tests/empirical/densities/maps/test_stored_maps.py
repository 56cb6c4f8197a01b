"""Maps as files: what is read is what was written, and a foreign file is refused."""

from pathlib import Path

import numpy as np
import pytest

from empirical.densities.maps.density_map import DensityMap, DiscriminatorMap, Window
from empirical.densities.maps.stored_maps import PARTS, Maps, read_maps, write_maps
from empirical.storage import write_arrays


def maps(with_outputs: bool) -> Maps:
    """Invented maps; their log densities are exact in single precision."""
    random = np.random.default_rng(0)
    whole, detail = (
        DensityMap(
            Window(-1.0, side, 0.0, 1.0),
            np.array([[0.5, -np.inf], [1.0, -2.0]]),
            random.normal(size=(3, 2, 2)),
            np.array([True, False, True]),
            random.normal(size=(1, 2, 2)),
            np.array([0.25]),
            random.normal(size=(2, 2)),
            np.array([0.125, 0.5]),
        )
        for side in (1.0, 2.0)
    )
    outputs = DiscriminatorMap(np.eye(2), np.array([[0.5, np.nan], [0.0, 1.0]]))
    return Maps(whole, detail, outputs if with_outputs else None)


@pytest.mark.parametrize("with_outputs", [True, False])
def test_what_is_read_is_what_was_written(tmp_path: Path, with_outputs: bool) -> None:
    """Every array, infinities and blanks included."""
    written = maps(with_outputs)

    write_maps(tmp_path / "maps.npz", written)
    read = read_maps(tmp_path / "maps.npz")

    for one, other in ((written.whole, read.whole), (written.detail, read.detail)):
        assert one.window == other.window
        for part in ("log_density", *PARTS):
            assert np.array_equal(getattr(one, part), getattr(other, part)), part
    if written.outputs is None or read.outputs is None:
        assert written.outputs is read.outputs
    else:
        assert np.array_equal(written.outputs.trained, read.outputs.trained)
        assert np.array_equal(written.outputs.optimal, read.outputs.optimal, equal_nan=True)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    """An archive without these arrays is named, and so is a file that is no archive."""
    write_arrays(tmp_path / "other.npz", {"x": np.zeros(2)})
    (tmp_path / "text.npz").write_text("no archive")

    with pytest.raises(ValueError, match="no maps of a density"):
        read_maps(tmp_path / "other.npz")
    with pytest.raises(ValueError, match="cannot be read as arrays"):
        read_maps(tmp_path / "text.npz")
