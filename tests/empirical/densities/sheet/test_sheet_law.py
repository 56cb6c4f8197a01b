"""Laws on curves and surfaces: closed forms, automatic differentiation, creases, and what has no answer."""

from dataclasses import replace
from itertools import pairwise
from math import inf, log, pi, sqrt

import numpy as np
import pytest
import torch
from scipy.stats import norm

from empirical.densities import Normal, Uniform
from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.sheet.sheet_law import SheetLaw, sheet_law
from empirical.densities.sheet.sheets import Sheets

LATENTS = [Normal(1), Uniform(1), Normal(2), Uniform(2)]


def affine(weight: list[list[float]], bias: list[float], slope: float = 1.0) -> AffineLayer:
    return AffineLayer(np.array(weight), np.array(bias), np.full(len(bias), slope))


def random_modules(seed: int, slope: float, *widths: int) -> torch.nn.Sequential:
    modules: list[torch.nn.Module] = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for inputs, outputs in pairwise(widths):
            modules += [torch.nn.Linear(inputs, outputs).double(), torch.nn.LeakyReLU(slope)]
    return torch.nn.Sequential(*modules[:-1])


def random_law(seed: int, slope: float, latent: Normal | Uniform, outputs: int = 3) -> SheetLaw:
    return sheet_law(affine_layers(random_modules(seed, slope, latent.dim, 8, 8, outputs)), latent, 10_000)


# --- closed forms, to the rounding of a few operations ----------------------------------------------------


def test_a_bent_line_has_its_density_by_length() -> None:
    """(|Z|, Z): two half lines at right angles; a step of Z is sqrt(2) of length."""
    bend = [affine([[1.0], [-1.0]], [0.0, 0.0], 0.0), affine([[1.0, 1.0], [1.0, -1.0]], [0.0, 0.0])]
    law = sheet_law(bend, Normal(1), 100)
    t = np.array([-3.0, -0.5, 0.25, 8.0])
    x = np.stack([np.abs(t), t], axis=1)
    assert law.hausdorff_log_density(x) == pytest.approx(norm.logpdf(t) - log(2) / 2, abs=1e-12)
    assert (law.hausdorff_log_density(x * [1.0, 0.5]) == -inf).all()
    # At the bend the two pieces have one latent in common: it counts once.
    assert law.hausdorff_log_density(np.zeros((1, 2))) == pytest.approx(
        [norm.logpdf(0) - log(2) / 2], abs=1e-12
    )
    assert law.mass.singular == pytest.approx(1, abs=1e-14) and law.dim == 2


def test_a_curve_that_meets_itself_counts_both_latents() -> None:
    """(|Z|, 0): each point of the half line has two latents."""
    law = sheet_law(
        [affine([[1.0], [-1.0]], [0.0, 0.0], 0.0), affine([[1.0, 1.0], [0.0, 0.0]], [0.0, 0.0])],
        Uniform(1),
        100,
    )
    x = np.array([[0.5, 0.0], [-0.5, 0.0], [0.5, 1e-6], [1.5, 0.0]])
    assert np.exp(law.hausdorff_log_density(x)) == pytest.approx([1.0, 0.0, 0.0, 0.0], abs=1e-14)


@pytest.mark.parametrize(
    ("columns", "stretch"),
    [
        ([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], 1.0),
        ([[0.6, 0.0], [0.8, 0.0], [0.0, 1.0]], 1.0),
        ([[2.0, 0.0], [0.0, 3.0], [0.0, 4.0]], 10.0),
        ([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], sqrt(3)),
    ],
)
def test_a_plane_in_space_has_the_latent_density_over_its_stretch(
    columns: list[list[float]], stretch: float
) -> None:
    """On the image of A the density is that of Z over sqrt(det A'A); off it there is none."""
    law = sheet_law([affine(columns, [1.0] * len(columns))], Normal(2), 100)
    z = np.random.default_rng(0).normal(size=(50, 2))
    x = z @ np.array(columns).T + 1.0
    expected = norm.logpdf(z).sum(axis=1) - log(stretch)
    assert law.hausdorff_log_density(x) == pytest.approx(expected, abs=1e-12)
    normal = np.linalg.svd(np.array(columns))[0][:, -1]
    assert (law.hausdorff_log_density(x + 1e-6 * normal) == -inf).all()
    assert law.hausdorff_log_density(x + 1e-6 * normal, tolerance=2e-6) == pytest.approx(expected, abs=1e-4)


def test_a_folded_plane_doubles_the_density() -> None:
    """(|Z1|, Z2, Z2) has 2 phi / sqrt(2) on a half plane."""
    fold = [
        affine([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], [0.0] * 4, 0.0),
        affine([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0], [0.0, 0.0, 1.0, -1.0]], [0.0] * 3),
    ]
    law = sheet_law(fold, Normal(2), 100)
    x = np.array([[0.5, -1.0, -1.0], [-0.5, -1.0, -1.0]])
    one = norm.logpdf(0.5) + norm.logpdf(1) - log(2) / 2
    assert law.hausdorff_log_density(x) == pytest.approx([one + log(2), -inf], abs=1e-12)


# --- networks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("latent", LATENTS)
@pytest.mark.parametrize("outputs", [3, 5])
def test_the_density_at_outputs_is_that_of_automatic_differentiation(
    latent: Normal | Uniform, outputs: int
) -> None:
    """Curves in space and surfaces in five dimensions do not meet themselves: one preimage, torch's Jacobian.

    Surfaces in three dimensions do, along curves: a null set. The latent is found to 1e-12 of the box.
    """
    modules = random_modules(3, 0.2, latent.dim, 8, 8, outputs)
    law = sheet_law(affine_layers(modules), latent, 10_000)
    z = torch.from_numpy(latent.sample(300, np.random.default_rng(4)))
    jacobians = torch.func.vmap(torch.func.jacrev(modules))(z)
    log_stretch = torch.linalg.slogdet(jacobians.mT @ jacobians).logabsdet / 2
    expected = latent.log_density(z.numpy()).sum(axis=1) - log_stretch.detach().numpy()
    assert law.hausdorff_log_density(law.sample(300, 4)) == pytest.approx(expected, abs=1e-8)
    assert law.mass.singular == pytest.approx(1, abs=1e-13)


@pytest.mark.parametrize("latent", LATENTS)
def test_each_latent_on_a_crease_counts_once(latent: Normal | Uniform) -> None:
    """At corners of sheets and between them one latent is found; sheets listed twice are seen elsewhere."""
    law = random_law(5, 0.2, latent, outputs=5)
    sheets = law.sheets
    # The corners within reach of the latent; those on the edge of the box belong to one sheet or two.
    chosen = np.flatnonzero(np.abs(sheets.corners).max(axis=1) < 3)[:200]
    following = sheets._following[chosen]
    x = np.concatenate([sheets.images[chosen], (sheets.images[chosen] + sheets.images[following]) / 2])
    found = sheets.find(x, law.tolerance)
    assert np.array_equal(found.point, np.arange(len(x)))
    latents = np.concatenate(
        [sheets.corners[chosen], (sheets.corners[chosen] + sheets.corners[following]) / 2]
    )
    assert found.latent == pytest.approx(latents, abs=1e-7)

    inner = law.sample(100, 6)
    assert np.array_equal(sheets.find(inner, law.tolerance).point, np.arange(100))
    twice = Sheets(
        np.append(sheets.starts, sheets.starts[1:] + sheets.starts[-1]),
        np.concatenate([sheets.corners] * 2),
        np.concatenate([sheets.images] * 2),
        np.concatenate([sheets.linear] * 2),
    )
    assert np.array_equal(twice.find(inner, law.tolerance).point, np.repeat(np.arange(100), 2))
    doubled = replace(law, sheets=twice).hausdorff_log_density(inner)
    assert doubled == pytest.approx(law.hausdorff_log_density(inner) + log(2))


@pytest.mark.parametrize("latent", LATENTS)
def test_flat_pieces_of_plain_networks_are_segments_and_atoms(latent: Normal | Uniform) -> None:
    """Draws have a finite density or, from pieces of lower rank, an infinite one, by their masses."""
    modules = random_modules(0, 0.0, latent.dim, 4, 4, 4, 3)
    law = sheet_law(affine_layers(modules), latent, 10_000)
    density = law.hausdorff_log_density(law.sample(4000, 1))
    assert not (density == -inf).any()
    flat = 1 - law.sheet_masses.sum()
    assert 0.05 < flat < 0.95
    # Within six standard errors: a false alarm in 5e8.
    assert abs((density == inf).mean() - flat) < 6 * sqrt(flat * (1 - flat) / 4000)
    assert law.mass.singular + law.mass.atoms == pytest.approx(1, abs=1e-13)
    assert law.mass.absolutely_continuous == 0


def test_a_constant_generator_is_an_atom() -> None:
    """Complete collapse, of one latent coordinate and of two."""
    for latent in (Normal(1), Uniform(2)):
        law = sheet_law([affine([[0.0] * latent.dim] * 3, [1.0, 2.0, 3.0])], latent, 100)
        assert law.atoms.tolist() == [[1.0, 2.0, 3.0]] and law.mass.atoms == pytest.approx(1, abs=1e-14)
        assert law.hausdorff_log_density(np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 4.0]])).tolist() == [inf, -inf]


def test_a_plane_flattened_to_a_line_in_space_is_a_segment() -> None:
    """(1, 2, 2) Z1 has no density by area; along the line it is a normal one of deviation 3."""
    law = sheet_law([affine([[1.0, 0.0], [2.0, 0.0], [2.0, 0.0]], [0.0] * 3)], Normal(2), 100)
    x = np.array([[1.0, 2.0, 2.0], [1.0, 2.0, 2.5]])
    assert law.hausdorff_log_density(x).tolist() == [inf, -inf]
    assert law.segments is not None and law.mass.singular == pytest.approx(1, abs=1e-14)
    assert law.segments.log_density(x[:1]) == pytest.approx([-1 / 2 - log(2 * pi) / 2 - log(3)], abs=1e-12)


def part_of(sheets: Sheets, kept: np.ndarray, linear: np.ndarray) -> Sheets:
    sizes = np.diff(sheets.starts)
    starts = sheets.starts.tolist()
    entries = np.concatenate([np.arange(starts[i], starts[i + 1]) for i in kept.tolist()])
    return Sheets(
        np.append(0, np.cumsum(sizes[kept])), sheets.corners[entries], sheets.images[entries], linear[kept]
    )


@pytest.mark.parametrize("latent", LATENTS)
def test_the_certificate_holds_and_faults_are_noticed(latent: Normal | Uniform) -> None:
    """A dropped sheet, a doubled one, a wrong derivative or stretch, mass left out: a check is red."""
    law = random_law(5, 0.2, latent, outputs=5)
    assert law.certificate.holds
    sheets, everything = law.sheets, np.arange(len(law.sheets))
    heavy = int(law.sheet_masses.argmax())
    scaled = sheets.linear.copy()
    scaled[heavy] *= 1 + 1e-6
    stretched = part_of(sheets, everything, sheets.linear)
    stretched.__dict__["log_stretches"] = sheets.log_stretches + 1e-6
    for name, faulty in (
        ("preimages", replace(law, sheets=part_of(sheets, np.delete(everything, heavy), sheets.linear))),
        ("preimages", replace(law, sheets=part_of(sheets, np.append(everything, heavy), sheets.linear))),
        ("preimages", replace(law, sheets=part_of(sheets, everything, scaled))),
        ("stretches", replace(law, sheets=stretched)),
        ("mass", replace(law, sheet_masses=np.where(everything == heavy, 0, law.sheet_masses))),
    ):
        assert name in [check.name for check in faulty.certificate.failed]


def thin_plane(width: float) -> SheetLaw:
    """A rectangle in space, so many times as long as it is wide, turned at random."""
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0][:, :2]
    inner = np.linalg.qr(np.random.default_rng(1).normal(size=(2, 2)))[0]
    return sheet_law([affine((turn @ np.diag([1, width]) @ inner).tolist(), [0.0] * 3)], Uniform(2), 100)


@pytest.mark.parametrize("width", [1e-3, 1e-6, 1e-8, 1e-10])
def test_thin_sheets_have_their_density(width: float) -> None:
    """All draws have the density 1 / (4 width): the distance from a sheet does not carry its condition.

    The thin direction is known to 1e-16 of the long one, and so its logarithm to 1e-15 / width.
    """
    law = thin_plane(width)
    found = law.hausdorff_log_density(law.sample(200, 0))
    assert found == pytest.approx(-log(4 * width), abs=1e-12 + 1e-15 / width)


def test_a_sheet_that_cannot_be_checked_fails() -> None:
    """No latent is found again through a condition number of 1e10: that is no pass. One of 1e3 is checked."""
    assert thin_plane(1e-3).certificate.holds
    (check,) = [check for check in thin_plane(1e-10).certificate.failed if check.name == "preimages"]
    assert "2000 more, of 2000, lie on sheets with a condition number above 1e+09" in check.detail


# --- questions without an answer --------------------------------------------------------------------------


@pytest.mark.parametrize("latent", LATENTS)
def test_a_density_in_space_is_refused_with_what_to_use(latent: Normal | Uniform) -> None:
    """The reason, and the call that has an answer."""
    law = random_law(1, 0.2, latent)
    reason = rf"no density \(got {latent.dim} latent coordinates and 3 outputs.*hausdorff_log_density.*noise="
    with pytest.raises(TypeError, match=reason):
        law.log_prob(np.zeros((1, 3)))


def test_questions_that_do_not_fit_are_refused() -> None:
    """Shapes, NaN, tolerances, and dimensions that belong to other laws."""
    law = random_law(1, 0.2, Normal(2))
    with pytest.raises(ValueError, match=r"need 3 coordinates that are numbers \(got shape \(1, 2\)"):
        law.hausdorff_log_density(np.zeros((1, 2)))
    with pytest.raises(ValueError, match="1 NaN"):
        law.hausdorff_log_density(np.array([[0.0, np.nan, 0.0]]))
    assert law.hausdorff_log_density(np.array([[inf, 0.0, 0.0]])).tolist() == [-inf]
    for tolerance in (0.0, -1.0, inf, np.nan):
        with pytest.raises(ValueError, match="positive distance"):
            law.hausdorff_log_density(np.zeros((1, 3)), tolerance)
    for inputs, outputs, latent in ((2, 2, Normal(2)), (3, 4, Normal(3)), (2, 3, Normal(1))):
        with pytest.raises(ValueError, match=f"{inputs} inputs and {outputs} outputs.: use exact_density"):
            sheet_law([affine([[1.0] * inputs] * outputs, [0.0] * outputs)], latent, 100)
    with pytest.raises(ValueError, match=r"affine pieces, more than the 2 allowed.*max_regions="):
        sheet_law(affine_layers(random_modules(0, 0.2, 1, 9, 9, 3)), Normal(1), 2)
