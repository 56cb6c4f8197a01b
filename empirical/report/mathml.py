"""LaTeX formulas as MathML, so that a page shows mathematics without a network or a script.

Only the LaTeX that ganproof's theorems use is read; anything else is refused, never shown wrong.
"""

import re
from html import escape

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "eta": "η",
    "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "xi": "ξ", "zeta": "ζ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Sigma": "Σ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ", "infty": "∞", "partial": "∂", "nabla": "∇", "emptyset": "∅",
}  # fmt: skip
OPERATORS = {
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "in": "∈", "notin": "∉", "to": "→",
    "mapsto": "↦", "mid": "∣", "cdot": "⋅", "times": "×", "pm": "±", "approx": "≈", "sim": "∼", "subset": "⊂",
    "subseteq": "⊆", "cup": "∪", "cap": "∩", "colon": ":", "ast": "∗", "star": "⋆", "prime": "′", "iff": "⟺",
    "implies": "⟹", "Rightarrow": "⇒", "Longrightarrow": "⟹", "ll": "≪", "gg": "≫", "equiv": "≡",
    "forall": "∀", "exists": "∃", "ldots": "…", "dots": "…", "cdots": "⋯", "setminus": "∖", "propto": "∝",
    "odot": "⊙", "preceq": "≼", "succeq": "≽", "land": "∧", "lor": "∨", "neg": "¬", "circ": "∘",
    "%": "%", "#": "#", "_": "_",
}  # fmt: skip
FENCES = {
    "lceil": "⌈", "rceil": "⌉", "lfloor": "⌊", "rfloor": "⌋", "lbrace": "{", "rbrace": "}", "langle": "⟨",
    "rangle": "⟩", "vert": "|", "lvert": "|", "rvert": "|", "Vert": "‖", "lVert": "‖", "rVert": "‖",
    "{": "{", "}": "}", "|": "‖",
}  # fmt: skip
BIG_OPERATORS = {"sum": "∑", "prod": "∏", "int": "∫"}
FUNCTIONS = ("log", "ln", "exp", "sin", "cos", "tanh", "cosh", "sinh", "det", "dim", "arg")
LIMITS = ("sup", "inf", "max", "min", "lim", "Pr")
ACCENTS = {"hat": "^", "widehat": "^", "bar": "¯", "overline": "¯", "tilde": "~"}
ALPHABETS = {"mathbb": "double-struck", "mathcal": "script", "mathbf": "bold"}
SPACES = {
    ",": "0.17em",
    ":": "0.22em",
    ";": "0.28em",
    " ": "0.33em",
    "quad": "1em",
    "qquad": "2em",
    "!": "0em",
}
SIZES = {"big": "1.2em", "bigl": "1.2em", "bigr": "1.2em", "Big": "1.8em", "Bigl": "1.8em", "Bigr": "1.8em"}
# Unicode had these capitals before it had the alphabets, so they stand outside the two runs.
EARLIER_CAPITALS = {
    "double-struck": dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)),
    "script": dict(zip("BEFHILMR", "ℬℰℱℋℐℒℳℛ", strict=True)),
    "bold": {},
}
FIRST_CAPITAL = {"double-struck": 0x1D538, "script": 0x1D49C, "bold": 0x1D400}

ENVIRONMENTS = {"aligned": ("", ""), "cases": ("{", ""), "pmatrix": ("(", ")")}  # with their fences
NO_SPACE_BEFORE = ("", "(", ")", "[", "]", "}", ",", r"\left", r"\right", "|")

THIN_SPACE = '<mspace width="0.17em"></mspace>'
# Three letters or more that touch are a name, as SymPy prints it; two are a product.
TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|[A-Za-z]{3,}|[0-9]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)


def mathml(latex: str, *, display: bool = False) -> str:
    r"""The formula as a ``<math>`` element; ``display`` sets it on a line of its own.

    Raises:
        ValueError: the formula uses LaTeX outside the subset, or its braces do not match.
    """
    reader = _Reader(latex)
    body = reader.row(until=("",))
    mode = ' display="block"' if display else ""
    return f'<math{mode} aria-label="{escape(latex)}"><mrow>{body}</mrow></math>'


class _Reader:
    """A recursive-descent reader: each method consumes tokens and returns MathML."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens = TOKEN.findall(latex)
        self.position = 0

    def fault(self, why: str) -> ValueError:
        return ValueError(
            f"the formula {self.latex!r} cannot be shown ({why}): write it in the LaTeX that "
            f"empirical.report.mathml reads, or teach that module the command."
        )

    def peek(self) -> str:
        """The next token that is not space, "" at the end."""
        while self.position < len(self.tokens) and self.tokens[self.position].isspace():
            self.position += 1
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise self.fault(f"{token or 'its end'!r} stands where {wanted or 'more'!r} is due")
        self.position += 1
        return token

    def row(self, until: tuple[str, ...]) -> str:
        """Everything up to one of the tokens ``until``, which is left for the caller."""
        parts, previous = [], ""
        while (token := self.peek()) not in until:
            if token in ("", "}", r"\right", r"\end"):
                raise self.fault("its braces or fences do not match")
            if token[1:] in FUNCTIONS + LIMITS and (previous.isalnum() or previous[1:] in GREEK):
                parts.append(THIN_SPACE)
            parts.append(self.scripted())
            previous = token
            if token[1:] in FUNCTIONS + LIMITS and self.peek() not in NO_SPACE_BEFORE:
                parts.append(THIN_SPACE)
        return "".join(parts)

    def argument(self) -> str:
        """One argument of a command: a braced row or a single atom."""
        token = self.peek()
        if token.isdigit() and len(token) > 1:  # \frac12 is one half: a bare argument is one digit
            self.tokens[self.position : self.position + 1] = [token[0], token[1:]]
        if token != "{":
            return self.atom()
        self.take("{")
        body = self.row(until=("}",))
        self.take("}")
        return f"<mrow>{body}</mrow>"

    def words(self) -> str:
        """The braced argument of a command that takes words: they keep their spaces."""
        self.take("{")
        start = self.position
        while self.position < len(self.tokens) and self.tokens[self.position] != "}":
            self.position += 1
        words = "".join(self.tokens[start : self.position])
        self.take("}")
        return escape(words.replace("\\", ""))

    def scripted(self) -> str:
        """An atom with the sub- and superscripts that follow it."""
        name = self.peek()[1:]
        base = self.atom()
        below = above = ""
        while self.peek() in ("_", "^", "'"):
            match self.take():
                case "'":
                    above += "<mo>′</mo>"
                case "_":
                    below += self.argument()
                case _:
                    above += self.argument()
        under, over, both = ("msub", "msup", "msubsup")
        if name in LIMITS or (name in BIG_OPERATORS and name != "int"):
            under, over, both = ("munder", "mover", "munderover")
        above = f"<mrow>{above}</mrow>" if above else ""
        if below and above:
            return f"<{both}>{base}{below}{above}</{both}>"
        if below:
            return f"<{under}>{base}{below}</{under}>"
        return f"<{over}>{base}{above}</{over}>" if above else base

    def atom(self) -> str:
        token = self.take()
        if token.startswith("\\"):
            return self.command(token[1:])
        if token == "{":
            self.position -= 1
            return self.argument()
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        if token.isalpha():
            return f"<mi>{token}</mi>"
        if token in "()[]":
            return f'<mo stretchy="false">{token}</mo>'
        if token == "|":  # a fence on either side; as an operator it would stand apart from what it encloses
            return '<mo stretchy="false" lspace="0.06em" rspace="0.06em">|</mo>'
        if token in "+-=<>,;:/*!.":
            return f"<mo>{escape({'-': '−', '*': '∗'}.get(token, token))}</mo>"
        raise self.fault(f"{token!r} is not read")

    def command(self, name: str) -> str:
        if name in SIZES:
            return self.fence().replace("<mo", f'<mo minsize="{SIZES[name]}" maxsize="{SIZES[name]}"')
        if name in GREEK:
            return f"<mi>{GREEK[name]}</mi>"
        if name in FENCES:
            return f'<mo stretchy="false">{FENCES[name]}</mo>'
        if name in OPERATORS:
            return f"<mo>{OPERATORS[name]}</mo>"
        if name in BIG_OPERATORS:
            return f"<mo>{BIG_OPERATORS[name]}</mo>"
        if name in FUNCTIONS + LIMITS:
            return f"<mi>{name}</mi>"
        if name in SPACES:
            return f'<mspace width="{SPACES[name]}"></mspace>'
        if name in ACCENTS:
            return f'<mover accent="true">{self.argument()}<mo>{ACCENTS[name]}</mo></mover>'
        if name in ALPHABETS:
            letters = self.words() if self.peek() == "{" else self.take()
            return "".join(_letter(letter, ALPHABETS[name]) for letter in letters)
        match name:
            case "frac" | "tfrac" | "dfrac":
                return f"<mfrac>{self.argument()}{self.argument()}</mfrac>"
            case "binom" | "tbinom" | "dbinom":
                above, below = self.argument(), self.argument()
                return f'<mo>(</mo><mfrac linethickness="0">{above}{below}</mfrac><mo>)</mo>'
            case "sqrt":
                return f"<msqrt>{self.argument()}</msqrt>"
            case "text" | "textrm" | "textbf":
                return f"<mtext>{self.words().replace(' ', chr(0xA0))}</mtext>"
            case "mathrm" | "operatorname":
                return f'<mi mathvariant="normal">{self.words()}</mi>'
            case "left":
                opening = self.fence()
                body = self.row(until=(r"\right",))
                self.take(r"\right")
                return f"<mrow>{opening}{body}{self.fence()}</mrow>"
            case "begin":
                return self.table()
        raise self.fault(f"\\{name} is not read")

    def fence(self) -> str:
        token = self.take()
        sign = FENCES.get(token[1:], "") if token.startswith("\\") else token
        if sign not in ("", ".") and sign not in "()[]|/" and sign not in FENCES.values():
            raise self.fault(f"{token!r} is no fence")
        return f'<mo stretchy="true">{sign.strip(".")}</mo>'

    def table(self) -> str:
        """An ``aligned``, ``cases`` or ``pmatrix`` environment, one row a line."""
        name = self.words()
        if name not in ENVIRONMENTS:
            raise self.fault(f"the environment {name} is not read")
        rows, cells = [], []
        while True:
            cells.append(self.row(until=("&", r"\\", r"\end")))
            match self.take():
                case "&":
                    continue
                case end:
                    rows.append("".join(f"<mtd>{cell}</mtd>" for cell in cells))
                    cells = []
                    if end == r"\end":
                        break
        if self.words() != name:
            raise self.fault(f"the environment {name} is not closed")
        table = "".join(f"<mtr>{row}</mtr>" for row in rows)
        before, after = (f'<mo stretchy="true">{sign}</mo>' if sign else "" for sign in ENVIRONMENTS[name])
        return f'<mrow>{before}<mtable class="{name}">{table}</mtable>{after}</mrow>'


def _letter(letter: str, alphabet: str) -> str:
    if "A" <= letter <= "Z":
        run = chr(FIRST_CAPITAL[alphabet] + ord(letter) - ord("A"))
        return f"<mi>{EARLIER_CAPITALS[alphabet].get(letter, run)}</mi>"
    return f"<mn>{letter}</mn>" if letter.isdigit() else f"<mi>{letter}</mi>"
