"""Reads a user's own samples: a NumPy array, or a folder of images of one size."""

from pathlib import Path

import numpy as np
from jaxtyping import Float

IMAGES = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")


def load_samples(path: Path | str) -> Float[np.ndarray, "n d"]:
    """The samples in a ``.npy`` file, or the images in a folder, one row each.

    An array of more than two dimensions is flattened row by row; one of one dimension is a column. Images
    are taken in the order of their names, their pixels scaled to [0, 1]: grey if all are grey, else RGB.

    Raises:
        ValueError: nothing there, not readable, not numbers, no image, or images of several sizes.
    """
    path = Path(path)
    if path.is_dir():
        return _images(path)
    if not path.exists():
        raise ValueError(f"there are no samples at {path}: pass a .npy file or a folder of images.")
    return _array(path)


def _array(path: Path) -> Float[np.ndarray, "n d"]:
    try:
        # Pickles are refused: loading one runs whatever code it holds.
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ValueError(
            f"{path} is not a readable .npy file of numbers: write an array of numbers with numpy.save."
        ) from error
    if not isinstance(values, np.ndarray):
        values.close()
        raise ValueError(f"{path} holds several arrays (.npz): save the samples alone with numpy.save.")
    if values.dtype.kind not in "fiub":
        raise ValueError(f"{path} must hold real numbers (got dtype {values.dtype}): convert to float64.")
    if values.ndim == 0 or values.size == 0:
        raise ValueError(f"{path} holds no samples (got shape {values.shape}): save an array (n, d).")
    return values.reshape(len(values), -1).astype(np.float64)


def _images(folder: Path) -> Float[np.ndarray, "n d"]:
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise ValueError(
            f"reading the images in {folder} needs pillow: pip install 'ganproof[images]', or save the "
            f"samples with numpy.save."
        ) from error
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in IMAGES)
    if not files:
        raise ValueError(f"the folder {folder} holds no image ({', '.join(IMAGES)}): pass another folder.")
    pictures, sizes, grey = [], {}, True
    for file in files:
        try:
            with Image.open(file) as image:
                sizes.setdefault(image.size, file)
                grey = grey and image.mode in ("1", "L")
                pictures.append(image.convert("RGB"))
        except (OSError, SyntaxError, UnidentifiedImageError) as error:
            raise ValueError(f"{file} is not a readable image ({error}): remove or replace it.") from error
        if len(sizes) > 1:
            (first, example), (second, other) = sizes.items()
            raise ValueError(
                f"all images must have one size (got {first[0]}x{first[1]} in {example.name} and "
                f"{second[0]}x{second[1]} in {other.name}): resize them to one size."
            )
    pixels = np.stack([np.asarray(picture) for picture in pictures])  # (n, height, width, 3)
    shown = pixels[..., :1] if grey else pixels
    return shown.reshape(len(shown), -1) / 255.0
