"""The maps of one law as a file, so that its figure is a function of what is stored."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from empirical.densities.maps.density_map import DensityMap, DiscriminatorMap, Window
from empirical.storage import read_arrays, write_arrays

PARTS = ("creases", "fold", "segments", "segment_masses", "atoms", "atom_masses")


@dataclass(frozen=True, eq=False)
class Maps:
    """What the figure of one law in the plane shows.

    Args:
        whole: all that is to be seen.
        detail: a smaller window in it.
        outputs: of the discriminator that it was trained with, in the window of ``whole``; None without one.
    """

    whole: DensityMap
    detail: DensityMap
    outputs: DiscriminatorMap | None = None


def write_maps(path: Path, maps: Maps) -> None:
    """Write all arrays into one ``.npz``, images in single precision, whole or not at all."""
    arrays: dict[str, np.ndarray] = {}
    for name, drawn in (("whole", maps.whole), ("detail", maps.detail)):
        window = drawn.window
        arrays[f"{name}_window"] = np.array([window.left, window.right, window.bottom, window.top])
        arrays[f"{name}_log_density"] = drawn.log_density.astype(np.float32)
        arrays |= {f"{name}_{part}": getattr(drawn, part) for part in PARTS}
    if maps.outputs is not None:
        arrays["trained"] = maps.outputs.trained.astype(np.float32)
        arrays["optimal"] = maps.outputs.optimal.astype(np.float32)
    write_arrays(path, arrays)


def read_maps(path: Path) -> Maps:
    """What ``write_maps`` wrote.

    Raises:
        ValueError: the file is missing or holds something else.
    """
    arrays = read_arrays(path)
    try:
        whole, detail = (
            DensityMap(
                Window(*arrays[f"{name}_window"].tolist()),
                arrays[f"{name}_log_density"].astype(np.float64),
                *(arrays[f"{name}_{part}"] for part in PARTS),
            )
            for name in ("whole", "detail")
        )
        outputs = None
        if "trained" in arrays:
            outputs = DiscriminatorMap(*(arrays[name].astype(np.float64) for name in ("trained", "optimal")))
    except KeyError as error:
        raise ValueError(f"{path} holds no maps of a density ({error} is missing).") from None
    return Maps(whole, detail, outputs)
