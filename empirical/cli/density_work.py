"""What `ganproof density` computes and writes: one record, and files that are whole or absent."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import torch

from empirical.cli.density_inputs import (
    latent_of,
    load_generator,
    read_edges,
    read_features,
    read_points,
    read_target,
)
from empirical.cli.latent_name import LatentName
from empirical.densities import LineLaw, exact_density
from empirical.densities.flow.flow_law import FlowLaw
from empirical.densities.generator_law import GeneratorLaw
from empirical.densities.maps.density_map import DensityMap, Window, densest, density_map, rendered, window_of
from empirical.densities.maps.line_map import line_map
from empirical.densities.maps.stored_maps import Maps, write_maps
from empirical.densities.noisy.noisy_law import NoisyLaw
from empirical.densities.plane.creases import creases
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.densities.sheet.sheet_law import SheetLaw
from empirical.densities.space.space_law import SpaceLaw
from empirical.measurement import Measurement
from empirical.networks import load_module
from empirical.observables import (
    Effort,
    discriminator_excess,
    entropy,
    jensen_shannon,
    kullback_leibler,
    total_variation,
)
from empirical.observables.discriminator_map import discriminator_map
from empirical.observables.features import (
    Feature,
    expected_modes,
    feature_probability,
    high_quality_share,
    mode_probabilities,
)
from empirical.observables.payoff import discriminator_payoff, least_jensen_shannon
from empirical.report.density_figure import density_figure
from empirical.report.line_figure import line_figure
from empirical.report.pictures import save_figure
from empirical.storage import Json, write_arrays, write_json
from empirical.targets import GaussianMixture, Target
from empirical.training import stream

COLUMNS = 500  # pixels of a map's side
PILOT = 20_000  # samples that choose what a picture shows
DRAWS = 100_000  # samples of each law behind a measurement
HIT = 2_500  # samples of the customary count of modes

CERTIFIED = LineLaw | PlaneLaw | SpaceLaw | SheetLaw | NoisyLaw | FlowLaw
CELLED = LineLaw | PlaneLaw | SpaceLaw | FlowLaw
COMPARED = LineLaw | PlaneLaw | FlowLaw  # by divergences that are enclosed

Report = Callable[[str, float], None]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the user asked for, as the command's options give it."""

    model: Path
    latent: LatentName
    noise: float | None
    target: str | None
    sigma: float | None
    discriminator: Path | None
    query: Path | None
    bins: int | None
    edges: Path | None
    features: Path | None
    max_regions: int
    out: Path
    seed: int


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What the files that the user named hold, all read and checked before anything is computed."""

    generator: torch.nn.Module
    target: Target | None
    discriminator: torch.nn.Module | None
    features: dict[str, Feature]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The law, and what is wanted of it, all of which fits it.

    Args:
        law: of the generator.
        points: where its log density is wanted.
        cells: edges of the cells whose masses are wanted, axis by axis.
    """

    asked: Asked
    inputs: Inputs
    law: GeneratorLaw
    points: np.ndarray | None
    cells: tuple[np.ndarray, ...] | None


def prepared(asked: Asked) -> Prepared:
    """Reads all inputs, writes out the law, and refuses what does not fit it.

    Raises:
        ValueError: an input is missing, damaged or does not fit the generator.
        TypeError: a layer is not piecewise affine.
    """
    inputs = _read(asked)
    law = exact_density(
        inputs.generator,
        latent_of(inputs.generator, asked.latent),
        noise=asked.noise,
        max_regions=asked.max_regions,
    )
    kind = type(law).__name__
    if inputs.features and not isinstance(law, PlaneLaw):
        raise ValueError(
            f"features are counted for generators from the plane to the plane (got a {kind}): leave "
            f"--features out."
        )
    if inputs.target is not None and not isinstance(law, COMPARED):
        raise ValueError(
            f"divergences of a {kind} are not enclosed here: leave --target out, and compare log densities "
            f"at --query points."
        )
    if inputs.target is not None and inputs.target.dim != law.dim:
        raise ValueError(
            f"--target {asked.target} has {inputs.target.dim} coordinates and the generator's output "
            f"{law.dim}: compare laws of one space."
        )
    if asked.target == "circle":
        raise ValueError(
            "--target circle has no density in the plane and no atoms: use ring or grid, or leave it out."
        )
    return Prepared(
        asked=asked,
        inputs=inputs,
        law=law,
        points=None if asked.query is None else read_points(asked.query, law.dim),
        cells=_edges(asked, law),
    )


def answered(ready: Prepared, report: Report) -> Json:
    """Computes everything that was asked for, writes the files, and says all of it as one record.

    Raises:
        RoadsDisagree: two computations of one number contradict each other.
    """
    asked, inputs, law, points, cells = ready.asked, ready.inputs, ready.law, ready.points, ready.cells
    report("checking the certificate", 0.0)
    record: dict[str, Any] = {
        "model": str(asked.model),
        "law": type(law).__name__,
        "dim": law.dim,
        "mass": asdict(law.mass),
        "regions": _regions(law),
        "certificate": law.certificate.as_dict() if isinstance(law, CERTIFIED) else None,
    }
    report("measuring", 0.3)
    measured = _measured(asked, inputs, law)
    record["measurements"] = [one.as_dict() for one in measured]
    report("features", 0.6)
    record |= _featured(inputs, law)
    report("drawing", 0.7)
    files = _drawn(asked, inputs, law, lambda done: report("drawing", 0.7 + 0.2 * done))
    report("writing", 0.95)
    if cells is not None and isinstance(law, CELLED):
        path = asked.out / "bin_masses.npz"
        masses = law.cell_probability(*cells)
        write_arrays(path, {f"edges_{axis}": edge for axis, edge in enumerate(cells)} | {"mass": masses})
        record["cells"] = {"shape": list(masses.shape), "mass_inside": float(masses.sum())}
        files.append(path)
    if points is not None:
        # On sheets of less dimension than the data there is no density but that along the sheets.
        along = isinstance(law, SheetLaw)
        values = law.hausdorff_log_density(points) if along else law.log_prob(points)
        record["density_for"] = "Hausdorff measure on the sheets" if along else "Lebesgue measure"
        path = asked.out / "log_density.npz"
        write_arrays(path, {"points": points, "log_density": values})
        record["log_density"] = [value if abs(value) < inf else None for value in values.tolist()]
        files.append(path)
    path = asked.out / "density.json"
    record["files"] = [str(file) for file in (*files, path)]
    write_json(path, record)
    return record


def _read(asked: Asked) -> Inputs:
    if asked.seed < 0:
        raise ValueError(f"--seed must be at least 0 (got {asked.seed}): leave it out for 0.")
    if asked.noise is not None and not 0 < asked.noise < inf:
        raise ValueError(
            f"--noise is a standard deviation above 0 (got {asked.noise:g}): leave it out for no noise."
        )
    taken = next((path for path in (asked.out, *asked.out.parents) if path.exists()), None)
    if taken is not None and not taken.is_dir():
        raise ValueError(f"--out names a folder (got {asked.out}, and {taken} is a file): name another one.")
    if asked.discriminator is not None and asked.target is None:
        raise ValueError(
            "a discriminator is compared with the best one between the data and the generator: name the data "
            "with --target ring, say."
        )
    if asked.sigma is not None and asked.target is None:
        raise ValueError("--sigma is the width of a target's modes: add --target ring, say.")
    if asked.bins is not None and asked.bins < 1:
        raise ValueError(f"--bins must be at least 1 (got {asked.bins}): 32, say.")
    if asked.bins is not None and asked.edges is not None:
        raise ValueError("cells come from --bins or from --edges (got both): leave one of them out.")
    target = None if asked.target is None else read_target(asked.target, asked.sigma)
    discriminator = None
    if asked.discriminator is not None:
        if not isinstance(target, GaussianMixture) or target.dim != 2:
            raise ValueError(
                f"the best discriminator is drawn for data with a density in the plane (got --target "
                f"{asked.target}): use ring or grid."
            )
        discriminator = load_module(asked.discriminator).double()
        affine = [layer for layer in discriminator if isinstance(layer, torch.nn.Linear)]
        ends = (affine[0].in_features, affine[-1].out_features) if affine else (0, 0)
        if ends != (2, 1):
            raise ValueError(
                f"a discriminator of the plane has two inputs and one output, its logit (got {ends[0]} and "
                f"{ends[1]} in {asked.discriminator})."
            )
    return Inputs(
        generator=load_generator(asked.model),
        target=target,
        discriminator=discriminator,
        features={} if asked.features is None else read_features(asked.features),
    )


def _regions(law: GeneratorLaw) -> int | None:
    """How many affine pieces the generator has; None where they are not written out."""
    match law:
        case PlaneLaw():
            return len(law.mesh)
        case LineLaw():
            return len(law.function.slopes)
        case SpaceLaw():
            return len(law.region_probabilities)
    return None


def _edges(asked: Asked, law: GeneratorLaw) -> tuple[np.ndarray, ...] | None:
    if asked.bins is None and asked.edges is None:
        return None
    if not isinstance(law, CELLED) or (isinstance(law, FlowLaw) and law.dim > 2):
        raise ValueError(
            f"exact masses of cells are not known for a {type(law).__name__} of {law.dim} coordinates: leave "
            f"--bins and --edges out."
        )
    if asked.edges is not None:
        return read_edges(asked.edges, law.dim)
    ends = np.quantile(law.sample(PILOT, asked.seed), [0.001, 0.999], axis=0)
    return tuple(np.linspace(low - 1e-9, high + 1e-9, (asked.bins or 1) + 1) for low, high in ends.T)


def _measured(asked: Asked, inputs: Inputs, law: GeneratorLaw) -> list[Measurement]:
    """Divergences from the target, the entropy, and what the discriminator earns."""
    effort = Effort(samples=DRAWS, seed=asked.seed)
    found: list[Measurement] = []
    if isinstance(law, PlaneLaw) and not law.mass.singular + law.mass.atoms:  # else it is -inf
        found.append(entropy(law, effort=effort))
    if inputs.target is None or not isinstance(law, COMPARED):
        return found
    found += [
        divergence(law, inputs.target, effort=effort)
        for divergence in (jensen_shannon, total_variation, kullback_leibler)
    ]
    data, logits = inputs.target, inputs.discriminator
    if logits is not None and isinstance(data, GaussianMixture) and isinstance(law, PlaneLaw | FlowLaw):
        payoff = discriminator_payoff(
            logits,
            data.sample(DRAWS, stream(asked.seed, "sampling")).numpy(),
            law.sample(DRAWS, asked.seed),
            {"discriminator": str(asked.discriminator)},
            asked.seed,
        )
        excess = discriminator_excess(logits, data, law, effort=effort)
        found += [payoff, least_jensen_shannon(payoff), excess]
    return found


def _featured(inputs: Inputs, law: GeneratorLaw) -> dict[str, Json]:
    """Exact probabilities of features, and of the modes of a target that has some."""
    if not isinstance(law, PlaneLaw):
        return {"features": [], "modes": None}
    features = [
        feature_probability(law.mesh, law.latent, feature, name).as_dict()
        for name, feature in inputs.features.items()
    ]
    target = inputs.target
    if not isinstance(target, GaussianMixture):
        return {"features": features, "modes": None}
    modes = mode_probabilities(law.mesh, law.latent, target)
    return {
        "features": features,
        "modes": {
            "probabilities": [mode.as_dict() for mode in modes],
            "of_the_target": target.mode_masses().tolist(),
            "high_quality": high_quality_share(modes).as_dict(),
            "high_quality_of_the_target": target.high_quality_ceiling(),
            "expected_modes": expected_modes(modes, HIT).as_dict(),
            "expected_modes_of_the_target": target.expected_modes(HIT),
        },
    }


def _drawn(asked: Asked, inputs: Inputs, law: GeneratorLaw, report: Callable[[float], None]) -> list[Path]:
    """The pictures that there are of such a law, and the arrays behind them."""
    title = f"{asked.model.name}, {asked.latent.value} latent"
    if asked.noise is not None:
        title += f", noise of sigma {asked.noise:g}"
    if isinstance(law, LineLaw):
        return list(save_figure(line_figure(line_map(law), title), asked.out, "density"))
    if not isinstance(law, PlaneLaw | FlowLaw | NoisyLaw) or law.dim != 2:
        return []
    maps = _maps(asked, inputs, law, report)
    path = asked.out / "maps.npz"
    write_maps(path, maps)
    figure = density_figure(maps.whole, maps.detail, title, maps.outputs)
    return [*save_figure(figure, asked.out, "density"), path]


def _maps(
    asked: Asked, inputs: Inputs, law: PlaneLaw | FlowLaw | NoisyLaw, report: Callable[[float], None]
) -> Maps:
    pilot = law.sample(PILOT, asked.seed)
    if isinstance(inputs.target, GaussianMixture):
        pilot = np.concatenate([pilot, inputs.target.sample(PILOT, stream(asked.seed, "sampling")).numpy()])
    window = window_of(pilot, margin=0.12)
    # Of a law without a mesh each density is a sum over all regions or an inverse: fewer pixels.
    columns = COLUMNS if isinstance(law, PlaneLaw) else COLUMNS // 2
    found = creases(law.mesh) if isinstance(law, PlaneLaw) else None

    def over(part: Window, share: Callable[[float], float]) -> DensityMap:
        def advance(done: float) -> None:
            report(share(done))

        if isinstance(law, PlaneLaw) and found is not None:
            return density_map(law, found, part, columns, advance)
        return DensityMap(part, rendered(law, part, columns, advance))

    whole = over(window, lambda done: done / 2)
    detail = over(densest(whole.log_density, window), lambda done: 0.5 + done / 2)
    outputs = None
    if inputs.discriminator is not None and isinstance(inputs.target, GaussianMixture):
        outputs = discriminator_map(inputs.discriminator, inputs.target, whole.log_density, window)
    return Maps(whole, detail, outputs)
