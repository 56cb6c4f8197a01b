"""The exact density of a generator, side by side with regioncam, a sample histogram and a kernel estimate.

Random and trained leaky networks from the plane to the plane. Enumeration: all affine regions in [-6, 6]^2,
ours in float64 with every sign decided and the affine maps, regioncam's in float32. Queries: the density at
points that the generator makes, of a normal latent with all of its box [-39, 39]^2. Everything runs on one
thread; times are processor seconds, medians of repetitions that take turns.

    python benchmarks/density.py [--quick] [--json]
"""

import argparse
import importlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.latents import Normal
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.densities.plane.subdivision import subdivide
from empirical.native import SWITCH

SEED = 0
SLOPE = 0.2
SHAPES = {"3x32": (32,) * 3, "4x50": (50,) * 4}
BOX = 6.0  # of the enumeration
LATENTS = 39.0  # the normal density in float64 is 0 beyond
KERNELS = 20_000  # samples of the kernel density estimate, and
KERNEL_POINTS = 1_000  # points at which it is asked: its cost is their product
HUGE = (120,) * 4  # hidden widths of a network with more than 100,000 regions, for the memory


@dataclass(frozen=True)
class Effort:
    """How much is done: all of it, or what fits into 50 seconds.

    Args:
        steps: of training.
        repetitions: of each timing.
        queries: points.
        samples: in the histogram.
        large: whether to measure how time and memory grow, too.
    """

    steps: int
    repetitions: int
    queries: int
    samples: int
    large: bool


FULL = Effort(steps=2000, repetitions=9, queries=200_000, samples=10_000_000, large=True)
QUICK = Effort(steps=200, repetitions=3, queries=20_000, samples=1_000_000, large=False)


@dataclass(frozen=True)
class Rival:
    """An estimate of the density from samples: its error, and the seconds that it took in all.

    Args:
        samples: how many.
        error: its total variation distance from the exact density, half of the integral of their difference,
            as the mean of (1 - estimate / exact)+ over points that the generator makes.
        seconds: of the processor, to draw the samples, to prepare, and to answer ``points`` queries.
        points: queries.
    """

    samples: int
    error: float
    seconds: float
    points: int


@dataclass(frozen=True)
class Row:
    """One network.

    Args:
        regions: in [-6, 6]^2.
        regioncam_regions: the same, as regioncam counts them.
        regions_per_second: ours.
        over_regioncam: that over regioncam's; above 1 ours is faster.
        regions_of_the_law: in [-39, 39]^2.
        microseconds_per_query: of ``log_prob``, once the index is there.
        seconds_to_the_first_query: subdivision of the whole box, index and one query.
        numpy: ``over_regioncam`` and ``microseconds_per_query`` without compiled code.
        histogram, kernels: the rivals.
    """

    regions: int
    regioncam_regions: int | None
    regions_per_second: float
    over_regioncam: float | None
    regions_of_the_law: int
    microseconds_per_query: float
    seconds_to_the_first_query: float
    numpy: dict[str, float | None]
    histogram: Rival
    kernels: Rival


def random_generator(hidden: tuple[int, ...]) -> torch.nn.Sequential:
    """Torch's own initialisation, in float32."""
    torch.manual_seed(SEED)
    modules: list[torch.nn.Module] = []
    widths = (2, *hidden, 2)
    for inputs, outputs in pairwise(widths):
        modules += [torch.nn.Linear(inputs, outputs), torch.nn.LeakyReLU(SLOPE)]
    return torch.nn.Sequential(*modules[:-1])


def trained_generator(hidden: tuple[int, ...], steps: int) -> torch.nn.Sequential:
    """A GAN on the ring of eight Gaussians, float32."""
    # Here, for the memory of a law is measured in a process that has only what a law needs.
    from empirical.networks import MLP
    from empirical.targets import RING
    from empirical.training import Adam, Setting, train

    adam = Adam(1e-3, (0.5, 0.9))
    setting = Setting(
        target=RING,
        generator=MLP((2, *hidden, 2), SLOPE),
        discriminator=MLP((2, *hidden, 1), SLOPE),
        batch=256,
        discriminator_optimizer=adam,
        generator_optimizer=adam,
        dtype="float32",
    )
    return train(setting, [SEED], steps=steps).generator_module(0)


def seconds(work: Callable[[], object]) -> float:
    """Processor time, once: on one thread the time of an idle machine, also on a busy one."""
    start = time.process_time()
    work()
    return time.process_time() - start


def medians(repetitions: int, *works: Callable[[], object]) -> list[float]:
    """The median time of each, taken in turns: what disturbs the machine disturbs all of them."""
    for work in works:
        work()
    return np.median([[seconds(work) for work in works] for _ in range(repetitions)], axis=0).tolist()


@contextmanager
def without_compiled_code() -> Iterator[None]:
    """As on a machine that has no compiler."""
    before = os.environ.get(SWITCH)
    os.environ[SWITCH] = "0"
    yield
    os.environ.pop(SWITCH) if before is None else os.environ.update({SWITCH: before})


def regioncam_module() -> ModuleType | None:
    """The peer, where it is installed."""
    try:
        return importlib.import_module("regioncam")
    except ImportError:
        return None


def by_regioncam(regioncam: ModuleType, layers: tuple[AffineLayer, ...]) -> int:
    """The number of regions, from the weights in float32."""
    plane = regioncam.Regioncam(size=BOX)
    for layer in layers:
        plane.linear(layer.weight.T.astype(np.float32, order="C"), layer.bias.astype(np.float32))
        if (layer.negative_slope != 1).any():
            plane.leaky_relu(SLOPE)
    return plane.num_faces


def measured(generator: torch.nn.Sequential, effort: Effort, regioncam: ModuleType | None) -> Row:
    """Everything about one network."""
    layers = affine_layers(generator)
    x = samples(generator, effort.queries, SEED + 1)

    def enumerate_ours() -> object:
        return subdivide(layers, -BOX, BOX)

    def enumerate_theirs() -> object:
        return by_regioncam(regioncam, layers) if regioncam else None

    mine, theirs = medians(effort.repetitions, enumerate_ours, enumerate_theirs)
    regions = len(subdivide(layers, -BOX, BOX).mesh)

    start = time.process_time()
    law = PlaneLaw(layers, subdivide(layers, -LATENTS, LATENTS), Normal(2))
    law.log_prob(x[:1])
    prepared = time.process_time() - start
    (query,) = medians(effort.repetitions, lambda: law.log_prob(x))
    with without_compiled_code():
        mine_in_numpy = medians(min(3, effort.repetitions), enumerate_ours)[0]
        query_in_numpy = seconds(lambda: law.log_prob(x[: effort.queries // 10])) * 10
    return Row(
        regions=regions,
        regioncam_regions=by_regioncam(regioncam, layers) if regioncam else None,
        regions_per_second=regions / mine,
        over_regioncam=theirs / mine if regioncam else None,
        regions_of_the_law=len(law.mesh),
        microseconds_per_query=1e6 * query / len(x),
        seconds_to_the_first_query=prepared,
        numpy={
            "over_regioncam": theirs / mine_in_numpy if regioncam else None,
            "microseconds_per_query": 1e6 * query_in_numpy / len(x),
        },
        histogram=histogram(generator, law, effort.samples, x),
        kernels=kernels(generator, law, x[:KERNEL_POINTS]),
    )


def samples(generator: torch.nn.Sequential, count: int, seed: int) -> np.ndarray:
    """Outputs in float32, in parts that the cache holds."""
    stream = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        parts = [
            generator(torch.randn(min(10_000, count - begin), 2, generator=stream))
            for begin in range(0, count, 10_000)
        ]
    return torch.cat(parts).double().numpy()


def distance(estimate: np.ndarray, law: PlaneLaw, x: np.ndarray) -> float:
    """Total variation, of an estimate that integrates to 1, from points of the exact law: a bounded mean."""
    return float(np.maximum(1 - estimate / np.exp(law.log_prob(x)), 0).mean())


def histogram(generator: torch.nn.Sequential, law: PlaneLaw, count: int, x: np.ndarray) -> Rival:
    """Square bins, of the best of several sizes: the error tells which, as no user could know."""
    start = time.process_time()
    drawn = samples(generator, count, SEED + 2)
    low, high = drawn.min(axis=0), drawn.max(axis=0)
    drawing, tried = time.process_time() - start, []
    for bins in (128, 256, 512, 1024, 2048):
        start = time.process_time()
        side = (high - low) / bins
        counts = np.zeros(bins * bins, dtype=np.int64)
        for begin in range(0, count, 1_000_000):
            place = np.clip((drawn[begin : begin + 1_000_000] - low) // side, 0, bins - 1).astype(np.int64)
            counts += np.bincount(place[:, 0] * bins + place[:, 1], minlength=bins * bins)
        place = np.clip((x - low) // side, 0, bins - 1).astype(np.int64)
        estimate = counts[place[:, 0] * bins + place[:, 1]] / (count * side.prod())
        spent = time.process_time() - start
        tried.append(Rival(count, distance(estimate, law, x), drawing + spent, len(x)))
    return min(tried, key=lambda rival: rival.error)


def kernels(generator: torch.nn.Sequential, law: PlaneLaw, x: np.ndarray) -> Rival:
    """Scipy's gaussian_kde; the best of Scott's bandwidth and fractions of it, likewise."""
    from scipy.stats import gaussian_kde  # here for the same reason as in trained_generator

    drawn, tried = samples(generator, KERNELS, SEED + 3), []
    for share in (1.0, 0.3, 0.1, 0.03):
        start = time.process_time()
        estimate = gaussian_kde(drawn.T, bw_method=lambda kde, share=share: share * kde.scotts_factor())
        density = estimate(x.T)
        spent = time.process_time() - start
        tried.append(Rival(KERNELS, distance(density, law, x), spent, len(x)))
    return min(tried, key=lambda rival: rival.error)


def growth(repetitions: int) -> dict[str, Any]:
    """The slope of log seconds over log regions: one network of six layers in growing boxes."""
    layers = affine_layers(random_generator((50,) * 6))
    regions, spent = [], []
    for half in (0.5, 1.0, 2.0, 4.0, 8.0):
        spent += medians(repetitions, lambda half=half: subdivide(layers, -half, half))
        regions.append(len(subdivide(layers, -half, half).mesh))
    slope = float(np.polyfit(np.log(regions), np.log(spent), 1)[0])
    return {"log_log_slope": slope, "regions": regions, "seconds": spent}


def memory() -> dict[str, Any]:
    """What a fresh process needs for a law of more than 100,000 regions and 100,000 queries."""
    command = [sys.executable, __file__, "--memory-of-this-process"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def memory_of_this_process() -> dict[str, float]:
    """Megabytes before anything is done, with every library loaded, and at most."""
    loaded = megabytes()
    generator = random_generator(HUGE)
    layers = affine_layers(generator)
    subdivision = subdivide(layers, -LATENTS, LATENTS)
    subdivided = megabytes()
    PlaneLaw(layers, subdivision, Normal(2)).log_prob(samples(generator, 100_000, SEED))
    return {
        "regions": len(subdivision.mesh),
        "megabytes_of_libraries": loaded,
        "megabytes_after_subdivision": subdivided,
        "megabytes": megabytes(),
    }


def megabytes() -> float:
    """The largest resident memory of this process so far.

    getrusage would count the process that started this one, too.
    """
    status = Path("/proc/self/status").read_text()
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(kilobytes) / 1024


def table(rows: dict[str, Row]) -> str:
    """The rows for a reader."""
    lines = [
        f"{'network':14} {'regions':>8} {'ours/s':>8} {'regioncam':>9} {'us/query':>8} {'in numpy':>15} "
        f"{'histogram':>17} {'kernels':>17}"
    ]
    for name, row in rows.items():
        rivals = [f"{rival.error:.3f} in {rival.seconds:5.1f} s" for rival in (row.histogram, row.kernels)]
        lines.append(
            f"{name:14} {row.regions:8,} {row.regions_per_second:8,.0f} {times(row.over_regioncam):>9} "
            f"{row.microseconds_per_query:8.2f} {times(row.numpy['over_regioncam']):>6} "
            f"{row.numpy['microseconds_per_query']:5.1f} us {rivals[0]:>17} {rivals[1]:>17}"
        )
        if row.regioncam_regions not in (None, row.regions):
            lines.append(f"{'':14} regioncam, in float32, counts {row.regioncam_regions:,} regions")
    return "\n".join(lines)


def times(ratio: float | None) -> str:
    """A ratio, or nothing where there is none."""
    return "-" if ratio is None else f"{ratio:.2f}x"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="within 50 seconds")
    parser.add_argument("--json", action="store_true", help="one object with every number")
    parser.add_argument("--memory-of-this-process", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.memory_of_this_process:
        print(json.dumps(memory_of_this_process()))
        return
    with threadpool_limits(1):
        torch.set_num_threads(1)
        compare(QUICK if asked.quick else FULL, asked.json)


def compare(effort: Effort, as_json: bool) -> None:
    """Every network, the growth of the cost and the memory."""
    regioncam = regioncam_module()
    if regioncam is None:
        print(
            "regioncam is not installed, so nothing is compared with it: run `make bench`.", file=sys.stderr
        )
    rows = {}
    for name, hidden in SHAPES.items():
        rows[f"random {name}"] = measured(random_generator(hidden), effort, regioncam)
        rows[f"trained {name}"] = measured(trained_generator(hidden, effort.steps), effort, regioncam)
    large = {"growth": growth(effort.repetitions), "memory": memory()} if effort.large else {}
    if as_json:
        print(json.dumps({**{name: asdict(row) for name, row in rows.items()}, **large}))
        return
    print(f"seed {SEED}, slope {SLOPE}, one thread, medians of {effort.repetitions}")
    print(table(rows))
    if not effort.large:
        print("how time and memory grow is measured without --quick")
        return
    sizes, needed = large["growth"]["regions"], large["memory"]
    print(f"seconds ~ regions^{large['growth']['log_log_slope']:.2f}, {sizes[0]:,} to {sizes[-1]:,} regions")
    print(
        f"{needed['regions']:,} regions: {needed['megabytes_after_subdivision']:.0f} MB at most until all "
        f"are found, {needed['megabytes']:.0f} MB with 100,000 queries; "
        f"{needed['megabytes_of_libraries']:.0f} MB of this are Python and its libraries"
    )


if __name__ == "__main__":
    main()
