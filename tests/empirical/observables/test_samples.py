"""A user's samples are read whole, or refused with one sentence."""

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from empirical.observables.samples import load_samples

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "bool"])
def test_array_is_read_as_saved(tmp_path: Path, dtype: str) -> None:
    """What numpy.save wrote comes back as float64, without change of value."""
    rows = RANDOM.integers(0, 2, size=(7, 3)).astype(dtype)
    np.save(tmp_path / "rows.npy", rows)
    loaded = load_samples(tmp_path / "rows.npy")
    assert loaded.dtype == np.float64
    assert np.array_equal(loaded, rows)


@pytest.mark.parametrize(("shape", "matrix"), [((5,), (5, 1)), ((5, 2, 3), (5, 6)), ((5, 2, 3, 2), (5, 12))])
def test_array_becomes_one_row_per_sample(
    tmp_path: Path, shape: tuple[int, ...], matrix: tuple[int, int]
) -> None:
    """The first axis counts the samples, whatever follows."""
    values = RANDOM.normal(size=shape)
    np.save(tmp_path / "values.npy", values)
    assert np.array_equal(load_samples(tmp_path / "values.npy"), values.reshape(matrix))


class Trap:
    """Unpickling this object writes a file: the trace of code that ran."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def test_no_pickle_is_loaded(tmp_path: Path) -> None:
    """A .npy file of objects, or a bare pickle, is refused before any code in it runs."""
    trace = tmp_path / "trace"
    np.save(tmp_path / "objects.npy", np.array([Trap(trace)], dtype=object), allow_pickle=True)
    (tmp_path / "bare.npy").write_bytes(pickle.dumps(Trap(trace)))
    for name in ("objects.npy", "bare.npy"):
        with pytest.raises(ValueError, match=r"not a readable \.npy file"):
            load_samples(tmp_path / name)
    assert not trace.exists()
    # The control: the trap does go off where pickles are allowed.
    np.load(tmp_path / "objects.npy", allow_pickle=True)
    assert trace.exists()


def test_unusable_files_are_refused(tmp_path: Path) -> None:
    """A missing, broken, empty, textual or manifold file is named, with what to do."""
    with pytest.raises(ValueError, match="there are no samples at"):
        load_samples(tmp_path / "missing.npy")
    (tmp_path / "broken.npy").write_bytes(b"\x93NUMPY")
    (tmp_path / "void.npy").write_bytes(b"")
    (tmp_path / "text.npy").write_text("1 2 3")
    for name in ("broken.npy", "void.npy", "text.npy"):
        with pytest.raises(ValueError, match=r"not a readable \.npy file"):
            load_samples(tmp_path / name)
    np.savez(tmp_path / "several.npz", a=np.zeros(2), b=np.zeros(3))
    with pytest.raises(ValueError, match="several arrays"):
        load_samples(tmp_path / "several.npz")
    for values, sentence in [
        (np.zeros((0, 2)), "no samples"),
        (np.array(3.0), "no samples"),
        (np.array(["a"]), "real numbers"),
        (np.zeros(2, dtype=complex), "real numbers"),
    ]:
        np.save(tmp_path / "values.npy", values)
        with pytest.raises(ValueError, match=sentence):
            load_samples(tmp_path / "values.npy")


def test_images_are_rows_of_pixels_in_the_order_of_their_names(tmp_path: Path) -> None:
    """A pixel of value v becomes v/255; grey images have one number per pixel, a mixture of modes three."""
    grey = RANDOM.integers(0, 256, size=(3, 4, 5), dtype=np.uint8)
    for index in (2, 0, 1):
        Image.fromarray(grey[index]).save(tmp_path / f"{index}.png")
    (tmp_path / "notes.txt").write_text("not an image, not looked at")
    assert np.array_equal(load_samples(tmp_path), grey.reshape(3, 20) / 255)
    colour = RANDOM.integers(0, 256, size=(4, 5, 3), dtype=np.uint8)
    Image.fromarray(colour).save(tmp_path / "3.PNG")
    loaded = load_samples(tmp_path)
    assert np.array_equal(loaded[3], colour.reshape(60) / 255)
    assert np.array_equal(loaded[0], np.repeat(grey[0].reshape(20), 3) / 255)


def test_unusable_folders_are_refused(tmp_path: Path) -> None:
    """No image, a broken image, or images of two sizes: the file at fault is named."""
    with pytest.raises(ValueError, match="holds no image"):
        load_samples(tmp_path)
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"b\.png is not a readable image"):
        load_samples(tmp_path)
    Image.new("L", (4, 5)).save(tmp_path / "b.png")
    with pytest.raises(ValueError, match=r"4x4 in a\.png and 4x5 in b\.png"):
        load_samples(tmp_path)


def test_images_without_pillow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow is optional: without it a folder is refused with the extra to install."""
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ValueError, match=r"pip install 'ganproof\[images\]'"):
        load_samples(tmp_path)
