"""What the page says about the trained sweep: the caption, and tables of slopes, training and the checks."""

from html import escape

from empirical.report.numbers import number
from empirical.report.results import Record

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
    fitted = record["growth"]["known"][epsilon]["parameters"]
    if not fitted:
        return f"{caption} Too few classes have a support in every seed for a slope."
    exponent = fitted["exponent"]
    return (
        f"{caption} At ε = {epsilon} the support grows like the number of parameters to the power "
        f"{_with_interval(exponent)}, a {100 * exponent['confidence']:g} % interval: "
        f"{fitted['sentence']}."
    )


def trained_tables(record: Record) -> str:
    """HTML tables under the plot: slopes with tests, training time, and what each class was given."""
    if not record:
        return ""
    return "".join((_slopes(record), _paces(record), _compute(record), _below(record), _one_neuron(record)))


def _with_interval(measured: Record) -> str:
    text = f"{measured['value']:.2f} [{measured['lower']:.2f}, {measured['upper']:.2f}]"
    return text.replace("-", "−")


def _table(head: tuple[str, ...], rows: list[str]) -> str:
    titles = "".join(f"<th>{title}</th>" for title in head)
    return f'<div class="wide"><table><tr>{titles}</tr>{"".join(rows)}</table></div>'


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


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
                        _row(
                            name,
                            epsilon,
                            over,
                            _with_interval(fitted["exponent"]),
                            f"{zero['student']:.2g} ({zero['sign']:.2g})",
                            f"{one['student']:.2g} ({one['sign']:.2g})",
                            escape(fitted["sentence"]),
                            escape(plateau["sentence"]) if plateau else "too few classes",
                        )
                    )
    head = ("opponents", "ε", "over", "slope", "p against 0", "p against 1", "growth", "plateau or line")
    left_out = {
        "-".join(map(str, hidden))
        for opponents in OPPONENTS
        for epsilon in record["epsilons"]
        for hidden in record["growth"][opponents][epsilon]["left_out"]
    }
    missing = (
        f" Left out, because a seed found no support: {', '.join(sorted(left_out))}." if left_out else ""
    )
    return (
        "<h3>How the support grows</h3>"
        f"{_table(head, rows)}"
        '<p class="note">Slopes of log support, one least-squares line for each seed; p-values are those of '
        "Student's test and, in brackets, of the sign test, two-sided and not adjusted for their number. A "
        "plateau is chosen where leaving out each class in turn it predicts better than a line by more than "
        f"the seeds' spread.{missing}</p>"
    )


def _paces(record: Record) -> str:
    ablation = record["ablation"]
    rows = []
    for opponents, name in OPPONENTS.items():
        for epsilon in record["epsilons"]:
            slopes = ablation["slopes"][opponents][epsilon]
            if not slopes:
                continue
            for pace in ablation["paces"]:
                at, change = slopes["at"][pace], slopes["differences"].get(pace)
                rows.append(
                    _row(
                        name,
                        epsilon,
                        f"× {pace}",
                        _with_interval(at),
                        _with_interval(change) if change else "",
                        f"{change['test']['student']:.2g}" if change else "",
                        ", ".join(number(round(support)) for support in slopes["supports"][pace]),
                    )
                )
    if not rows:
        return ""
    part = ", ".join("-".join(map(str, hidden)) for hidden in ablation["hidden"])
    head = ("opponents", "ε", "steps", "slope", "change, paired by seed", "p", "supports")
    return (
        f"<h3>The same at other numbers of steps</h3>{_table(head, rows)}"
        f'<p class="note">On the classes {part}; all steps of generators and judges are multiplied, learning '
        "rates and starts stay.</p>"
    )


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
        f"learning rates {number(rates[0])} and {number(rates[1])}, and the best law {2 * record['tries']} "
        f"more: one more restart would beat the best of those with probability at most "
        f"1/{2 * record['tries'] + 1}. Every update takes the full batch, all {number(record['points'])} "
        f"points and all atoms. A cell of the sweep took {totals['generator']} updates of generators, "
        f"{totals['crowd']} of crowds and {totals['judges']} of judges.</p>"
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
