"""ganproof density: every number is the library's, every file is whole, bad input gets one sentence."""

import json
from collections.abc import Callable
from dataclasses import replace
from math import e, log, pi
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from empirical.cli import density_work
from empirical.densities import LineLaw, Normal, Uniform, exact_density
from empirical.densities.certificate import Certificate, Check
from empirical.densities.maps.stored_maps import read_maps
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.networks import MLP, initial, load_module, save_module, single
from empirical.networks.flows import FlowArchitecture, build_flow, save_flow
from empirical.networks.tensor_file import write_tensors
from tests.empirical.cli.command import Command

HALF = {"upper half": {"normal": [0, 1], "at_least": 0}}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of 40 pixels a side."""
    for name, value in (("COLUMNS", 40), ("PILOT", 2_000), ("DRAWS", 2_000)):
        monkeypatch.setattr(density_work, name, value)


def network(folder: Path, widths: tuple[int, ...] = (2, 6, 2), slope: float = 0.2) -> Path:
    """A saved random network."""
    architecture = MLP(widths, slope)
    module = single(architecture, initial(architecture, (0,)), 0)
    save_module(module, folder / "generator.safetensors")
    return folder / "generator.safetensors"


def identity(folder: Path) -> Path:
    """A saved generator whose output is its latent."""
    linear = torch.nn.Linear(2, 2, bias=False, dtype=torch.float64)
    torch.nn.init.eye_(linear.weight)
    save_module(torch.nn.Sequential(linear), folder / "identity.safetensors")
    return folder / "identity.safetensors"


def saved(path: Path, value: object) -> Path:
    """An array as .npy, or anything else as JSON."""
    if isinstance(value, np.ndarray):
        np.save(path, value)
    else:
        path.write_text(json.dumps(value))
    return path


def test_everything_at_once(ganproof: Command, tmp_path: Path) -> None:
    """Masses, certificate, divergences, features, cells, queries: each is what the library says."""
    model, out = network(tmp_path), tmp_path / "out"
    critic = MLP((2, 4, 1))
    save_module(single(critic, initial(critic, (1,)), 0), tmp_path / "critic.safetensors")
    points = np.array([[0.1, -0.2], [100.0, 100.0], [0.0, 0.3]])
    query = saved(tmp_path / "points.npy", points)
    features = saved(tmp_path / "features.json", HALF)

    answer = ganproof(
        *("density", model, "--target", "ring", "--sigma", 0.1, "--out", out, "--json"),
        *("--discriminator", tmp_path / "critic.safetensors", "--query", query, "--features", features),
        *("--bins", 8),
    )

    assert answer.code == 0, answer.err
    found = answer.json
    law = exact_density(load_module(model), Normal(2))
    assert isinstance(law, PlaneLaw)
    assert found["regions"] == len(law.mesh)
    assert sum(found["mass"].values()) == pytest.approx(1, abs=1e-9)
    assert found["certificate"]["holds"]
    expected = [value if np.isfinite(value) else None for value in law.log_prob(points)]
    assert found["log_density"] == expected
    assert expected[1] is None

    assert [one["observable"] for one in found["measurements"]] == [
        "entropy",
        "jensen_shannon",
        "total_variation",
        "kullback_leibler",
        "discriminator_payoff",
        "least_jensen_shannon",
        "discriminator_excess",
    ]
    upper = law.cell_probability(np.array([-np.inf, np.inf]), np.array([0.0, np.inf]))[0, 0]
    (half,) = found["features"]
    assert half["lower"] - 1e-9 <= upper <= half["upper"] + 1e-9

    with np.load(out / "bin_masses.npz") as cells:
        assert cells["mass"].shape == (8, 8)
        assert cells["mass"] == pytest.approx(law.cell_probability(cells["edges_0"], cells["edges_1"]))
    assert len(found["modes"]["probabilities"]) == 8
    assert read_maps(out / "maps.npz").outputs is not None
    assert json.loads((out / "density.json").read_text()) == found


def test_the_files_are_whole(ganproof: Command, tmp_path: Path) -> None:
    """Each file that is named is there and can be read, and nothing half-written lies beside it."""
    out = tmp_path / "out"
    found = ganproof("density", network(tmp_path), "--out", out, "--json").json

    assert {Path(file).name for file in found["files"]} == {path.name for path in out.iterdir()}
    assert (out / "density.png").read_bytes().startswith(b"\x89PNG")
    assert (out / "density.pdf").read_bytes().startswith(b"%PDF")
    ElementTree.parse(out / "density.svg")


def test_a_normal_is_known(ganproof: Command, tmp_path: Path) -> None:
    """The identity's entropy is log(2 pi e), all of its mass has a density, and the table says so."""
    model = identity(tmp_path)
    features = saved(tmp_path / "features.json", HALF)

    answer = ganproof("density", model, "--features", features, "--out", tmp_path / "out")

    found = json.loads((tmp_path / "out" / "density.json").read_text())
    (entropy,), (half,) = found["measurements"], found["features"]
    assert entropy["lower"] <= log(2 * pi * e) <= entropy["upper"]
    assert half["lower"] <= 0.5 <= half["upper"]
    assert answer.code == 0
    for words in ("mass with a density  100.0000 %", "upper half", "holds", "density.svg"):
        assert words in answer.out


def test_the_line_has_atoms(ganproof: Command, tmp_path: Path) -> None:
    """One latent, plain ReLUs: the mass on atoms and the cells are those of the law on the line."""
    model = network(tmp_path, (1, 6, 1), slope=0.0)
    edges = saved(tmp_path / "edges.npy", np.linspace(-1, 1, 9))

    found = ganproof(
        *("density", model, "--latent", "uniform", "--edges", edges, "--out", tmp_path / "out", "--json")
    ).json

    law = exact_density(load_module(model), Uniform(1))
    assert isinstance(law, LineLaw)
    assert found["mass"]["atoms"] == law.mass.atoms
    assert found["cells"]["mass_inside"] == pytest.approx(law.cell_probability(np.linspace(-1, 1, 9)).sum())
    assert (tmp_path / "out" / "density.png").exists()


def test_a_decoder_with_noise(ganproof: Command, tmp_path: Path) -> None:
    """Noise gives a decoder of more coordinates than latents a density, at the user's own points."""
    model = network(tmp_path, (1, 6, 3))
    query = saved(tmp_path / "points.npy", np.zeros((2, 3)))

    found = ganproof(
        *("density", model, "--noise", 0.5, "--query", query, "--out", tmp_path / "out", "--json")
    ).json

    law = exact_density(load_module(model), Normal(1), noise=0.5)
    assert not isinstance(law, LineLaw)
    assert found["log_density"] == pytest.approx(law.log_prob(np.zeros((2, 3))).tolist())


def test_sheets_have_a_density_along_them(ganproof: Command, tmp_path: Path) -> None:
    """Two latents in space: on a flat sheet the density is the latent's, off it there is none."""
    linear = torch.nn.Linear(2, 3, bias=False, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(torch.eye(3)[:, :2])
    save_module(torch.nn.Sequential(linear), tmp_path / "sheet.safetensors")
    query = saved(tmp_path / "points.npy", np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))

    found = ganproof(
        *("density", tmp_path / "sheet.safetensors", "--query", query, "--out", tmp_path / "out", "--json")
    ).json

    assert found["density_for"] == "Hausdorff measure on the sheets"
    assert found["log_density"] == [pytest.approx(-log(2 * pi)), None]
    assert found["mass"]["absolutely_continuous"] == 0


def test_a_flow(ganproof: Command, tmp_path: Path) -> None:
    """A saved flow has one preimage everywhere: a density and nothing else, drawn without creases."""
    architecture = FlowArchitecture("coupling", dim=2, transforms=2, hidden=(8,))
    save_flow(architecture, build_flow(architecture, seed=0), tmp_path / "flow.safetensors")

    found = ganproof("density", tmp_path / "flow.safetensors", "--out", tmp_path / "out", "--json").json

    assert (found["law"], found["mass"]["absolutely_continuous"]) == ("FlowLaw", 1.0)
    assert len(read_maps(tmp_path / "out" / "maps.npz").whole.creases) == 0


def test_a_check_that_fails_is_an_exit_code(
    ganproof: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate with one failing check: exit code 1, and the check with its detail in the table."""
    bad = Certificate((Check("euler", True, "V - E + F = 1"), Check("density", False, "off by a third")))
    monkeypatch.setattr(PlaneLaw, "certificate", bad)

    answer = ganproof("density", identity(tmp_path), "--out", tmp_path / "out")

    assert answer.code == 1
    assert "FAILS" in answer.out
    assert "off by a third" in answer.out


def test_a_dropped_region_is_an_exit_code(
    ganproof: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted fault: the mesh without its last region. Whichever road notices, the exit code is 1."""
    true = density_work.exact_density

    def damaged(*arguments: object, **options: object) -> PlaneLaw:
        law = true(*arguments, **options)  # pyright: ignore[reportArgumentType, reportCallIssue]
        assert isinstance(law, PlaneLaw)
        mesh = law.mesh
        end = mesh.starts[-2]
        fewer = replace(
            mesh,
            starts=mesh.starts[:-1],
            corners=mesh.corners[:end],
            linear=mesh.linear[:-1],
            offset=mesh.offset[:-1],
        )
        packed = law.subdivision.packed[:-1]
        return replace(law, subdivision=replace(law.subdivision, mesh=fewer, packed=packed))

    monkeypatch.setattr(density_work, "exact_density", damaged)

    assert ganproof("density", network(tmp_path), "--out", tmp_path / "out").code == 1


def test_an_interruption_leaves_nothing_half_written(
    ganproof: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while the picture is computed: one sentence, no traceback, no file."""

    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(density_work, "density_map", interrupted)

    answer = ganproof("density", identity(tmp_path), "--out", tmp_path / "out")

    assert answer.code not in (0, 1, 2)
    assert "Interrupted" in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "out").exists()


def test_a_file_as_folder_is_refused_first(ganproof: Command, tmp_path: Path) -> None:
    """Before any work; the file stays as it was."""
    (tmp_path / "taken").write_text("mine")

    sentence = ganproof.refused("density", identity(tmp_path), "--out", tmp_path / "taken")

    assert "--out names a folder" in sentence
    assert (tmp_path / "taken").read_text() == "mine"


def test_models_of_one_name_get_folders_of_their_own(
    ganproof: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of the folder that a model lies in enters that of its results."""
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        ganproof("density", network(tmp_path / name, (1, 3, 1)))

    assert {path.name for path in Path("runs").iterdir()} == {
        "density-one-generator",
        "density-two-generator",
    }


def test_the_table_says_what_there_is_not(ganproof: Command, tmp_path: Path) -> None:
    """A sheet in space: no density, no entropy, no picture, and what gives it a density; its certificate."""
    answer = ganproof("density", network(tmp_path, (1, 3, 3)), "--out", tmp_path / "out")

    for words in ("lines,", "none: not all mass", "none: laws are drawn", "--noise SIGMA", "certificate"):
        assert words in answer.out


def test_a_law_of_one_point_has_a_window(ganproof: Command, tmp_path: Path) -> None:
    """All mass on one atom: the picture reaches 1 to each side of it, and the detail is its middle."""
    model = load_module(network(tmp_path, slope=0.0))
    with torch.no_grad():
        next(model.parameters()).zero_()
    save_module(model, tmp_path / "atom.safetensors")

    ganproof("density", tmp_path / "atom.safetensors", "--out", tmp_path / "out")

    whole, detail = (
        read_maps(tmp_path / "out" / "maps.npz").whole,
        read_maps(tmp_path / "out" / "maps.npz").detail,
    )
    assert whole.window.right - whole.window.left == pytest.approx(2)
    assert len(detail.atoms) == 1


def broken(folder: Path) -> Path:
    """A network with a parameter that is not finite."""
    module = load_module(network(folder))
    with torch.no_grad():
        next(module.parameters())[0, 0] = torch.nan
    save_module(module, folder / "nan.safetensors")
    return folder / "nan.safetensors"


def smooth(folder: Path) -> Path:
    """A file that lists a hyperbolic tangent."""
    layers = [{"layer": "linear", "in_features": 2, "out_features": 2, "bias": False}, {"layer": "tanh"}]
    path = folder / "tanh.safetensors"
    write_tensors(path, {"0.weight": torch.zeros(2, 2)}, kind="network", record={"layers": layers})
    return path


Arguments = Callable[[Path], tuple[object, ...]]
REFUSED: dict[str, tuple[Arguments, str]] = {
    "missing": (lambda folder: (folder / "none.safetensors",), "none.safetensors"),
    "not finite": (lambda folder: (broken(folder),), "finite"),
    "smooth": (lambda folder: (smooth(folder),), "tanh"),
    "15 latents": (lambda folder: (network(folder, (15, 6, 2)),), "slice_layers"),
    "too many regions": (lambda folder: (network(folder), "--max-regions", 2), "--max-regions"),
    "NaN": (
        lambda folder: (identity(folder), "--query", saved(folder / "q.npy", np.full((2, 2), np.nan))),
        "row 0",
    ),
    "shape": (
        lambda folder: (identity(folder), "--query", saved(folder / "q.npy", np.zeros((4, 3)))),
        "2 coordinates",
    ),
    "edges": (
        lambda folder: (identity(folder), "--edges", saved(folder / "e.npy", np.array([1.0, 0.0]))),
        "increase",
    ),
    "rows of edges": (
        lambda folder: (identity(folder), "--edges", saved(folder / "e.npy", np.zeros((3, 4)))),
        "one for each of the 2 axes",
    ),
    "bins": (lambda folder: (identity(folder), "--bins", 0), "at least 1"),
    "no feature": (
        lambda folder: (identity(folder), "--features", saved(folder / "f.json", {"nose": {"size": 1}})),
        "'nose'",
    ),
    "clockwise": (
        lambda folder: (
            identity(folder),
            "--features",
            saved(folder / "f.json", {"ear": {"corners": [[0, 0], [0, 1], [1, 0]]}}),
        ),
        "counterclockwise",
    ),
    "text as a model": (lambda folder: (saved(folder / "model.txt", HALF),), "save_module"),
    "features that are no JSON": (
        lambda folder: (identity(folder), "--features", saved(folder / "e.npy", np.zeros(2))),
        "features",
    ),
    "negative seed": (lambda folder: (identity(folder), "--seed", -1), "--seed must be at least 0"),
    "negative noise": (lambda folder: (identity(folder), "--noise", -0.1), "--noise"),
    "target without density": (lambda folder: (identity(folder), "--target", "circle"), "--target circle"),
    "target of another space": (
        lambda folder: (network(folder, (1, 4, 1)), "--target", "ring"),
        "--target ring has 2 coordinates",
    ),
    "unknown target": (lambda folder: (identity(folder), "--target", "rong"), "'ring'"),
    "sigma alone": (lambda folder: (identity(folder), "--sigma", 0.1), "--target"),
    "sigma of atoms": (lambda folder: (identity(folder), "--target", "circle", "--sigma", 0.1), "--sigma"),
    "discriminator alone": (
        lambda folder: (identity(folder), "--discriminator", network(folder)),
        "--target",
    ),
    "no discriminator": (
        lambda folder: (identity(folder), "--target", "ring", "--discriminator", network(folder)),
        "one output",
    ),
    "noisy cells": (lambda folder: (identity(folder), "--noise", 1, "--bins", 4), "NoisyLaw"),
    "noisy features": (
        lambda folder: (identity(folder), "--noise", 1, "--features", saved(folder / "f.json", HALF)),
        "NoisyLaw",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_gets_one_sentence(ganproof: Command, tmp_path: Path, name: str) -> None:
    """Exit code 2, one line that names what is wrong, and no file."""
    arguments, words = REFUSED[name]

    sentence = ganproof.refused("density", *arguments(tmp_path), "--out", tmp_path / "out")

    assert words in sentence
    assert not (tmp_path / "out").exists()
