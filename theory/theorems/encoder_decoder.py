r"""An encoder and a generator of small support fool every discriminator of bounded capacity, together.

Images carry extractable noise: :math:`x = \tilde x \odot \eta` has the coordinates of a clean image
:math:`\tilde x` except for some that hold independent noise :math:`\eta \sim \nu`. The encoder reads the noise:
:math:`E(\tilde x \odot \eta) = \eta`, a code that knows nothing of the image. The generator keeps m clean images,
one for each of m blocks of codes of mass 1/m: :math:`G(z) = \tilde x_{i(z)} \odot z`. If the kept images are
independent draws, the pair :math:`(G(z), z)` has in expectation the law of :math:`(x, E(x))`, and a discriminator's
payoff is a mean of m independent values :math:`h_i(\tilde x_i)` in an interval of length :math:`2\Delta`. So
small-support holds word for word, with one logarithm:

.. math:: m \ge \frac{8 \Delta^2}{\varepsilon^2} \Big( p \log\Big(1 + \frac{8 R L L_\phi}{\varepsilon}\Big)
          + \log\frac{2}{\delta} \Big) .
"""

from fractions import Fraction

import sympy as sp

from theory.kernel import (
    Fact,
    Functional,
    Integrated,
    Step,
    at_least,
    at_most,
    calc,
    certificate,
    certified_ceiling,
    earlier,
    equal,
    integer,
    nonnegative,
    normal_form,
    open_unit,
    positive,
    real,
    square,
)
from theory.prediction import Kind, Parameter, Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem
from theory.theorems import small_support

m = integer("m", 1)  # blocks of codes, that is images that the generator keeps

# --- 1. The encoder reads the noise ---------------------------------------------------------------
# One coordinate: mask = 1 where it holds noise and 0 elsewhere. The encoder weighs it by the mask.
mask, image, noise = real("mask"), real("image"), real("noise")
coordinate = (1 - mask) * image + mask * noise
reads_noise = Step(
    "encoder-reads-the-noise",
    equal(mask * coordinate, mask * noise + mask * (1 - mask) * (image - noise)),
    normal_form,
    because="A mask is 0 or 1, so that mask (1 - mask) = 0: the code is the noise, by one weight per coordinate.",
)

# --- 2. The code knows nothing of the image -------------------------------------------------------
a, b = open_unit("a"), open_unit("b")  # probabilities of one image, and of one code


def mutual_information(joint: list[list[sp.Expr]]) -> sp.Expr:
    """Of rows and columns of a table of positive or vanishing probabilities, nats."""
    rows = [sp.Add(*row) for row in joint]
    columns = [sp.Add(*column) for column in zip(*joint, strict=True)]
    return sp.Add(
        *(
            cell * sp.log(cell / (rows[i] * columns[j]))
            for i, row in enumerate(joint)
            for j, cell in enumerate(row)
            if cell != 0
        )
    )


independent = mutual_information([[a * b, a * (1 - b)], [(1 - a) * b, (1 - a) * (1 - b)]])
leaking = mutual_information([[a, sp.S.Zero], [sp.S.Zero, 1 - a]])  # the code copies the image
white = Step(
    "code-without-information",
    equal(independent, 0),
    normal_form,
    because="Two images and two codes of any probabilities: image and code are independent, as are their tables.",
)

# --- 3. In expectation the generator's pairs have the law of the encoder's --------------------------
# The pair (clean image a, code z): z chooses its block, whose kept image is a with probability mu(a); the draws of
# the other m - 1 blocks sum out. Three images of any weights.
u, v, t = positive("u"), positive("v"), positive("t")
mu = tuple(weight / (u + v + t) for weight in (u, v, t))
code = positive("nu")  # the probability of the code
pair_law = Step(
    "law-of-the-pair",
    equal(code * mu[0] * sp.Add(*mu) ** (m - 1), mu[0] * code),
    normal_form,
    because="The law of (G(z), z), averaged over the draws, is that of (x, E(x)); so is the mean of every payoff.",
)
# h_i(x) = the mean payoff over block i when image x is kept; here two blocks and two images, written out.
h = [[real(f"h_{i}{x}") for x in range(2)] for i in range(2)]
images = (a, 1 - a)
over_draws = sp.Add(
    *(images[x] * images[y] * (h[0][x] + h[1][y]) / 2 for x in range(2) for y in range(2))
)  # the mean over both draws of the generator's payoff
over_data = sp.Add(*(images[x] * (h[0][x] + h[1][x]) / 2 for x in range(2)))
identity = Step(
    "expectation-over-the-draws",
    equal(over_draws, over_data),
    normal_form,
    because="Two blocks and two images: the identity of the means, for every discriminator, without a limit.",
)

# --- 4. Blocks of equal mass are best ---------------------------------------------------------------
# The payoff is a sum of block masses times values: Hoeffding's exponent has the sum of the squared masses.
mass, block_count = nonnegative("mass"), positive("blocks")
blocks = Functional("Sum_blocks", (mass,), (Fact(sp.S.One, block_count), Fact(mass, sp.S.One)), finite=True)
equal_blocks = Step(
    "blocks-of-equal-mass",
    at_least(blocks(mass**2), 1 / block_count),
    Integrated(
        {blocks: certificate((1, square(mass - 1 / block_count)))},
        {blocks: (1 / block_count**2, -2 / block_count)},
    ),
    because="The squares sum to at least 1/m, attained by m equal masses only.",
)

# --- 5. small-support, word for word ----------------------------------------------------------------
# Values h_i in [-Delta, Delta]; payoffs move by L per unit of parameter before phi, L_phi after.
p, R, eps, delta, draws = (
    small_support.p,
    small_support.R,
    small_support.eps,
    small_support.delta,
    small_support.m,
)
Delta, L, L_phi = positive("Delta"), positive("L"), positive("L_phi")
here = {small_support.w: 2 * Delta, small_support.Lambda: L * L_phi}
SUFFICIENT = 8 * Delta**2 / eps**2 * (p * sp.log(1 + 8 * R * L * L_phi / eps) + sp.log(2 / delta))
LOG_SQUARED = p * Delta**2 * sp.log(p * Delta * L * L_phi / eps) ** 2 / eps**2
sufficient = Step(
    "number-of-images",
    equal(draws - small_support.ENOUGH.at(here).expression, SUFFICIENT),
    normal_form,
    because="An interval of length 2 Delta: 2 (2 Delta)^2 = 8 Delta^2, and one logarithm.",
)


REASONS = (
    "A deviation anywhere is one on the net of parameters.",
    "Each event is the tail of a mean of m independent values, one for each block.",
    "Hoeffding's lemma needs no common law: kappa is the largest log moment of a block.",
    "The size of the net of parameters.",
    "The number of images makes it delta.",
)
FOOLED = calc("failure", small_support.FAILURE.start)
for link, because in zip(small_support.FAILURE.steps, REASONS, strict=True):
    # The first link names none of the constants that change here.
    first = link is small_support.FAILURE.steps[0]
    FOOLED = FOOLED.at_most(
        link.claim.rhs.xreplace(here),
        by=link.by if first else earlier(small_support.THEOREM, here, step=link.name),
        given=tuple(hypothesis.at(here) for hypothesis in link.claim.given),
        because=because,
    )

UNION = FOOLED.steps[3].claim.rhs  # twice the size of the net, times Hoeffding's bound with m images


def images_kept(
    parameters: int,
    radius: Fraction,
    lipschitz: Fraction,
    measuring_lipschitz: Fraction,
    bound: Fraction,
    epsilon: Fraction,
    failure_probability: Fraction,
) -> sp.Expr:
    """The sufficient number of images, rounded up, certified; small-support's at w = 2 Delta, Lambda = L L_phi."""
    for name, value in (
        ("lipschitz", lipschitz),
        ("measuring_lipschitz", measuring_lipschitz),
        ("bound", bound),
    ):
        if value <= 0:
            raise ValueError(f"{name} must be positive (got {value}): pass a number above 0.")
    exact = small_support.bound(
        parameters=parameters,
        radius=radius,
        lipschitz=Fraction(lipschitz) * Fraction(measuring_lipschitz),
        epsilon=epsilon,
        range_width=2 * Fraction(bound),
        failure_probability=failure_probability,
    )
    return sp.Integer(certified_ceiling(exact))


by_name = {parameter.name: parameter for parameter in small_support.PARAMETERS}
THEOREM = Theorem(
    id="encoder-decoder",
    title="An encoder and a generator of small support fool bounded discriminators together",
    sentence=(
        r"Let images be $x = \tilde x \odot \eta$ with extractable noise $\eta \sim \nu$, discriminators have $p$ "
        r"parameters in a ball of radius $R$ and be $L$-Lipschitz in them, $\phi$ be $L_\phi$-Lipschitz with values "
        r"in $[-\Delta, \Delta]$. The encoder $E(\tilde x \odot \eta) = \eta$ and the generator "
        r"$G(z) = \tilde x_{i(z)} \odot z$ that keeps $m \ge (8\Delta^2/\varepsilon^2)(p \log(1 + 8RLL_\phi/\varepsilon) + "
        r"\log(2/\delta))$ drawn images satisfy $|E\phi(D(x, E(x))) - E\phi(D(G(z), z))| \le \varepsilon$ for all of "
        r"them, with probability at least $1 - \delta$; the code carries no information on the image."
    ),
    hypotheses=(
        Hypothesis("the data hold extractable noise: known coordinates are independent noise of law nu"),
        Hypothesis("the kept images are independent draws; the m blocks of codes have mass 1/m each"),
        Hypothesis(
            "means of sums are sums of means, over all blocks and images: law-of-the-pair writes this out for three images, "
            "expectation-over-the-draws for two blocks and two images"
        ),
        Hypothesis(
            "scope: such a pair exists; nothing is said of training, and the generator stores m images"
        ),
        Hypothesis(
            "count counts the 2N events of the net, N its size, t their mean probability (Chernoff)",
            (small_support.CHERNOFF.at(here),),
        ),
        Hypothesis(
            "log moments: K of the deviation of the mean, kappa the largest of a block, Hoeffding's lemma holds",
            (small_support.LEMMA_AT_BEST.at(here),),
        ),
        Hypothesis(
            "the kept images are independent: K is at most m kappa", (small_support.INDEPENDENT.at(here),)
        ),
        Hypothesis("the net is a maximal packing of the ball", (small_support.PACKED_FINELY.at(here),)),
        Hypothesis("m is sufficient", (small_support.ENOUGH.at(here),)),
    ),
    statement=FOOLED.conclusion,
    derivation=(reads_noise, white, pair_law, identity, equal_blocks, sufficient, FOOLED),
    predictions=(
        Prediction(
            "images_kept",
            Relation.AT_MOST,
            images_kept,
            (
                by_name["parameters"],
                by_name["radius"],
                Parameter("lipschitz", Kind.RATIONAL, "L, how much D moves per unit of parameter"),
                Parameter("measuring_lipschitz", Kind.RATIONAL, "L_phi, the Lipschitz constant of phi"),
                Parameter("bound", Kind.RATIONAL, "Delta, the largest absolute value of phi"),
                by_name["epsilon"],
                by_name["failure_probability"],
            ),
            "atoms",
            r"\Big\lceil \frac{8\Delta^2}{\varepsilon^2}\Big(p \log\big(1 + \tfrac{8RLL_\phi}{\varepsilon}\big) + "
            r"\log\tfrac{2}{\delta}\Big) \Big\rceil",
        ),
    ),
    near_misses=(
        NearMiss(
            "logarithm-squared",
            at_most(UNION.xreplace({draws: LOG_SQUARED}), delta),
            "p Delta^2 log^2(p Delta L L_phi / epsilon) / epsilon^2 with constant one, as remembered, does not make "
            "this bound delta; the squared logarithm is not needed either.",
            at=({p: 10, R: 1, L: 1, L_phi: 1, Delta: 1, eps: 1, delta: sp.Rational(1, 20)},),
        ),
        NearMiss(
            "length-delta",
            at_most(UNION.xreplace({draws: SUFFICIENT / 4}), delta),
            "The values fill an interval of length 2 Delta, not Delta.",
        ),
        NearMiss(
            "a-code-that-copies",
            equal(leaking, 0),
            "An encoder whose code depends on the image carries the image's entropy.",
        ),
        NearMiss(
            "any-two-blocks",
            equal(b * h[0][0] + (1 - b) * h[1][0], (h[0][0] + h[1][0]) / 2),
            "With two blocks of unequal mass the payoff is not the plain mean of the blocks' values.",
        ),
        NearMiss(
            "unequal-blocks-are-as-good",
            at_most(blocks(mass**2), 1 / block_count),
            "Unequal masses have a larger sum of squares: m of them do the work of fewer.",
        ),
    ),
    source=Source("arora2017encoder", "the theorem on encoder-decoder architectures", as_we_derive_it=True),
)
