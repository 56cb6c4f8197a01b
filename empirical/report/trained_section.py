"""What the page says about the trained sweep: caption, what its numbers mean, slopes, what was given."""

from html import escape

from empirical.report.numbers import number
from empirical.report.results import Record
from empirical.report.trained_judging import judging, paces
from empirical.report.trained_tables import row, table, with_interval

OPPONENTS = {"known": "all known opponents", "trained": "trained opponents only"}


def trained_caption(record: Record) -> str:
    """The sentence under the plot."""
    caption = (
        "How many atoms fool networks of growing width and depth, with intervals over seeds: against trained "
        "discriminators and, where they are stronger, half-spaces and slabs. Both sides are found by search, "
        "not certified."
    )
    if not record:
        return caption
    epsilon = record["epsilons"][len(record["epsilons"]) // 2]
    growth = record["growth"]["known"][epsilon]
    fitted = growth["parameters"]
    if not fitted:
        return f"{caption} Too few classes have a support in every seed, below the ceiling, for a slope."
    exponent = fitted["exponent"]
    return (
        f"{caption} At ε = {epsilon} the support found grows like the number of parameters to the power "
        f"{with_interval(exponent)}, a {100 * exponent['confidence']:g} % interval, as long as it is below "
        f"half of N(1 − ε) = {number(growth['ceiling'])}, beyond which any support levels off: "
        f"{fitted['sentence']}."
    )


def trained_tables(record: Record) -> str:
    """HTML tables under the plot: slopes with tests, training time, and what each class was given."""
    if not record:
        return ""
    parts = (_meaning, _slopes, judging, paces, _compute, _bound, _known, _below, _one_neuron)
    return "".join(part(record) for part in parts)


def _meaning(record: Record) -> str:
    """What the numbers are, and what they are not."""
    seeds = len(record["seeds"])
    return (
        "<h3>What these numbers are</h3><p>A support found here is neither an upper nor a lower bound on the "
        "true smallest support: better generators would lower it, better judges would raise it. What "
        "restarts "
        "say of one restart more holds for one law fixed beforehand, not for the law that was "
        "selected because "
        f"its judges told little apart. With {seeds} seeds no sign test can fall below "
        f"2<sup>{1 - seeds}</sup> "
        f"= {2.0 ** (1 - seeds):.2g}, however clear the slopes are.</p>"
    ).replace("<sup>-", "<sup>−")


def _slopes(record: Record) -> str:
    rows = []
    for opponents, name in OPPONENTS.items():
        for epsilon in record["epsilons"]:
            for axis, over in (
                ("parameters", "parameters, all classes"),
                ("width", "width, one hidden layer"),
            ):
                fitted = record["growth"][opponents][epsilon][axis]
                if fitted:
                    zero, one = fitted["tests"]
                    plateau = fitted["plateau"]
                    rows.append(
                        row(
                            name,
                            epsilon,
                            over,
                            with_interval(fitted["exponent"]),
                            f"{zero['student']:.2g} ({zero['sign']:.2g})",
                            f"{one['student']:.2g} ({one['sign']:.2g})",
                            f"{fitted['within']:.2f}",
                            escape(fitted["sentence"]),
                            escape(plateau["sentence"]) if plateau else "too few classes",
                        )
                    )
    head = (
        "opponents",
        "ε",
        "over",
        "slope",
        "p against 0",
        "p against 1",
        "within factor",
        "growth",
        "plateau or line",
    )
    return (
        "<h3>How the support grows</h3>"
        f"{table(head, rows)}"
        '<p class="note">Slopes of log support, one least-squares line for each seed, and the factor within '
        "which one power fits the geometric means; p-values are those of Student's test and, in brackets, of "
        "the sign test, two-sided and not adjusted for their number. A plateau is chosen where at least two "
        "classes lie beyond its knot and, leaving out each class in turn, it predicts better than a line by "
        f"more than the seeds' spread.</p>{_left_out(record)}"
    )


def _left_out(record: Record) -> str:
    """The ceiling of N data points, and which classes it, or a missing support, leaves out of the slopes."""
    said = []
    for epsilon in record["epsilons"]:
        growth = record["growth"]["known"][epsilon]
        missing = f"; no support in some seed: {_names(growth['left_out'])}" if growth["left_out"] else ""
        said.append(
            f"at ε = {epsilon} the ceiling is {number(growth['ceiling'])} atoms, left out above half of it: "
            f"{_names(growth['near_ceiling'])}{missing}"
        )
    return (
        f"<p>With N = {number(record['points'])} data points, N(1 − ε) of them fool all functions, so every "
        "support levels off there, whatever the class: that is a ceiling of finite data and no law of "
        "capacity. "
        f"Slopes and plateaus are fitted to classes below half of it alone. Against all known opponents, "
        f"{'; '.join(said)}.</p>"
    )


def _names(classes: list[list[int]]) -> str:
    return ", ".join("-".join(map(str, hidden)) for hidden in classes) or "none"


def _compute(record: Record) -> str:
    crowd, rates = record["crowd"], record["response_rates"]
    first, second = record["response_steps"]
    updates = [run["updates"] for one in record["classes"] for run in one["runs"]]
    totals = {
        name: f"{number(min(one[name] for one in updates))} to {number(max(one[name] for one in updates))}"
        for name in ("generator", "crowd", "judges")
    }
    return (
        "<h3>What every class was given</h3><p>The same for every class and number of atoms: "
        f"{record['laws']} trained laws, {number(crowd['steps'])} updates each against a crowd of "
        f"{crowd['members']}, learning rates {number(crowd['generator_optimizer']['learning_rate'])} and "
        f"{number(crowd['discriminator_optimizer']['learning_rate'])}, and {record['laws']} laws on data "
        f"points; each faces {record['tries']} fresh judges of {number(first)} + {number(second)} updates at "
        f"learning rates {number(rates[0])} and {number(rates[1])}. The law that they tell apart least faces "
        f"{2 * record['tries']} fresh judges of twice the steps, and so on, until the gap gains less than "
        f"{record['least_gain']:g}, or exceeds the largest ε, or after {record['doublings']} "
        "doublings. For a "
        f"law fixed beforehand, one more restart would beat the {2 * record['tries']} with probability "
        "at most "
        f"1/{2 * record['tries'] + 1}. Every update takes the full batch, all {number(record['points'])} "
        f"points and all atoms. A cell of the sweep took {totals['generator']} updates of generators, "
        f"{totals['crowd']} of crowds and {totals['judges']} of judges.</p>"
    )


def _bound(record: Record) -> str:
    """The sufficient support, with what it was computed from."""
    epsilon = record["epsilons"][-1]
    rows = [
        row(
            "-".join(map(str, one["hidden"])),
            number(one["parameters"]),
            number(one["radius"]),
            number(one["lipschitz"]),
            number(one["supports"]["trained"][epsilon]["bound"]),
        )
        for one in record["classes"]
    ]
    head = ("class", "parameters", "R", "L", f"sufficient at ε = {epsilon}")
    return (
        f"<h3>The small-support theorem's curve</h3>{table(head, rows)}"
        '<p class="note">For trained opponents alone: R is the largest norm of weights that a trained '
        "judge of "
        "the run had, rounded up, and L the Lipschitz constant in the weights that follows from it. Both are "
        "read off the run, not fixed beforehand, and enormous; half-spaces and slabs, whose weights have no "
        "bound, are no members of such a ball. So the curve says what the theorem would give, no more.</p>"
    )


def _known(record: Record) -> str:
    """Slopes of the two classes whose inner maximum is a formula."""
    names = {
        "wave-ball": f"ball of random waves, data uniform on {number(record['points'])} points of the sphere",
        "cosine-neurons": "one cosine neuron, data uniform on the torus",
    }
    rows = [
        row(names[kind], epsilon, with_interval(slope) if slope else "too few sizes")
        for kind, by_epsilon in record["known_growth"].items()
        for epsilon, slope in by_epsilon.items()
    ]
    return (
        f"<h3>Where the best discriminator is a formula</h3>{table(('class and data', 'ε', 'slope'), rows)}"
        f'<p class="note">Geometric means over {len(record["known_seeds"])} seeds stand in the plot. '
        "They share "
        "its axes with the networks, not the data of all of them: both curves of cosine neurons, "
        "enough and at "
        "least, are for the uniform law on the torus, whose dimension grows with their parameters; all other "
        "points and curves are for the sphere, but the line of orthonormal features, which holds for the law "
        "that its features single out.</p>"
    )


def _below(record: Record) -> str:
    """Classes whose found support lies below what slabs prove that the class needs."""
    below = [
        f"{'-'.join(map(str, one['hidden']))} at ε = {epsilon} ({number(round(found['value']))} found, "
        f"{one['at_least'][epsilon]} needed)"
        for one in record["classes"]
        for epsilon in record["epsilons"]
        if (found := one["supports"]["known"][epsilon]["support"])
        and found["value"] < one["at_least"][epsilon]
    ]
    if not below:
        return (
            "<p>No found support lies below what slabs prove that its class needs: at least kd/(ε + kd/N) "
            "atoms where the first layer has room for k slabs.</p>"
        )
    return (
        "<p>Found supports below what slabs prove that the class needs, so the opponents met were weaker "
        f"than the class: {'; '.join(below)}.</p>"
    )


def _one_neuron(record: Record) -> str:
    shares = record["one_neuron"]["shares"]
    trained, searched = shares["trained"], shares["searched"]
    return (
        f"<p>Where one neuron's maximum is known exactly, {len(record['one_neuron']['found'])} laws against "
        f"{record['one_neuron']['points']} points, the best restart attained {trained['mean']:.2f} of it on "
        f"average and {trained['least']:.2f} at worst; the search of half-spaces "
        f"{searched['mean']:.2f} and {searched['least']:.2f}.</p>"
    )
