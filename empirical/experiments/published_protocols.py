"""What others published about vanilla GANs in the plane: protocols, numbers, and bands around them.

A band is wider than the published number, and says why in words: these are other people's programs, some of
them known by a table or a sentence only. Two papers publish different numbers under one name: each has a band
of its own, because one round both could hardly be missed. To lie in a band confirms no theorem, and to lie
outside refutes none.
"""

from dataclasses import dataclass

from empirical.targets import CIRCLE, GRID, RING, TWO_POINTS, Target


@dataclass(frozen=True)
class Band:
    """A published number and how far another's may lie from it.

    Args:
        observable: what is measured.
        published: the number, or the words, as published.
        lower: end of the band.
        upper: end of the band.
        why: the reason of this width, in words.
        most: the largest value that the observable can have; None where there is none. The least is 0.
    """

    observable: str
    published: str
    lower: float
    upper: float
    why: str
    most: float | None = None


@dataclass(frozen=True)
class Protocol:
    """One published setting.

    Args:
        target: the data law.
        source: who published it, and where.
        described: the protocol as published.
        bands: what was published, with bands.
    """

    target: Target
    source: str
    described: str
    bands: tuple[Band, ...]


_ESSAY = (
    "Gaussian noise of dimension 15, generator with four hidden layers of 50, discriminator with 100, 50 and "
    "50, leaky ReLUs, batches of 500, ten updates of each network an epoch, Adam with learning rate 1e-5 and "
    "betas 0.9 and 0.999; neither the number of epochs nor the leaky slope nor the generator's loss is told"
)
_ONE_RUN = (
    "one run is shown and it succeeds: at 95 % the probability of that is at least 0.05 (one-sided "
    "Clopper-Pearson)"
)
_BENCHMARK = (
    "generator of four hidden layers of 400 ReLUs with batch normalisation from a normal latent of dimension "
    "2, discriminator of three maxout layers of 200 with 5 pieces, Adam 1e-4 with beta1 0.8, batches of 100 "
    "of 100,000 points, 400 epochs, which are 400,000 updates; 2,500 samples, of high quality within three "
    "standard deviations of a centre, and a mode captured by one of them; 10 runs"
)
_OWN = (
    "two of its standard errors to each side; its protocol differs from the other paper's, and so does ours"
)
_BORROWED = (
    "its error is not told, so two of the other paper's standard errors to each side; their protocols "
    "differ, and so does ours"
)


def _rows(
    modes: tuple[float, float, float], quality: tuple[float, float, float], every: int
) -> tuple[Band, ...]:
    """A band for each paper: VEEGAN's number, PacGAN's, and PacGAN's standard error."""
    bands = []
    for observable, (veegan, pacgan, error), most in (
        ("modes", modes, float(every)),
        ("high_quality", quality, 1.0),
    ):
        for paper, value, why in (
            (f"{veegan:g} (VEEGAN)", veegan, _BORROWED),
            (f"{pacgan:g} ± {error:g} (PacGAN)", pacgan, _OWN),
        ):
            lower, upper = max(0.0, value - 2 * error), min(most, value + 2 * error)
            bands.append(Band(observable, paper, round(lower, 6), round(upper, 6), why, most))
    return tuple(bands)


_RING = _rows((1.0, 6.3, 0.5), (0.993, 0.982, 0.002), 8)
_GRID = _rows((3.3, 17.3, 0.8), (0.005, 0.948, 0.007), 25)
_TABLES = (
    "the GAN rows of srivastava2017veegan, Table 1, and of lin2018pacgan, Table 1; protocol of "
    "lin2018pacgan, section 4.1"
)

TWO = Protocol(
    TWO_POINTS,
    "the essay on experiments in the plane, discrete distribution",
    _ESSAY,
    (
        Band(
            "near_a_point",
            "quickly concentrated on the desired points",
            0.9,
            1.0,
            "within 0.25, an eighth of their distance; a tenth between them is not seen in a picture, and a "
            "continuous generator that makes both must leave something there",
            1.0,
        ),
        Band(
            "lesser_point",
            "the probabilities are 0.5 each",
            0.4,
            0.5,
            "the share of the less frequent point: a picture of a hundred points does not tell 0.4 from 0.5",
            0.5,
        ),
        Band("both_points", "learned in the run shown", 0.05, 1.0, _ONE_RUN, 1.0),
    ),
)
ROUND = Protocol(
    CIRCLE,
    "the essay on experiments in the plane, circle distribution",
    _ESSAY,
    (
        Band(
            "radius_error",
            "on the circle",
            0.0,
            0.1,
            "the mean distance from the circle: a tenth of the radius is about a point's size in a picture",
        ),
        Band(
            "angle_distance",
            "uniformly distributed",
            0.0,
            0.1,
            "total variation of the eighths' shares: a tenth is not seen in a picture of a hundred points, "
            "whose own shares are off by that much",
            1.0,
        ),
        Band("whole_circle", "learned in the run shown", 0.05, 1.0, _ONE_RUN, 1.0),
    ),
)
ON_RING = Protocol(RING, _TABLES, _BENCHMARK, _RING)
ON_GRID = Protocol(GRID, _TABLES, _BENCHMARK, _GRID)
DEMO = Protocol(
    RING,
    "metz2017unrolled, the demo of its authors; the numbers are the GAN rows of srivastava2017veegan, "
    "Table 1, and of lin2018pacgan, Table 1",
    "generator and discriminator of two hidden layers of 128 tanh, latent of dimension 256, batches of 512, "
    "Adam 1e-3 for the generator and 1e-4 for the discriminator with beta1 0.5, 25,000 steps, no unrolling",
    _RING,
)
