"""Mistakes that no test has to notice, each with its reason.

By the module, its line as it stands, and what stands for what: `before → after`.
"""

SAME = "it comes to the same: "
TRIED = "it only says how much is tried: "
SPEED = "it costs only time: "
CHOSEN = "a bound chosen by measuring, which no test holds to the last digit: "

ACCEPTED: dict[tuple[str, str, str], str] = {
    (
        "microgrid/answers/digits.py",
        'Pen(1, 1, 4,     "the decimal point is misplaced",  shifted_back),',
        "4 → 5",
    ): CHOSEN + "how far down the list a slip of the pen stands",
    (
        "microgrid/answers/edits.py",
        'Edit(LINES,    2, "{2} is {0} as large: divided by {1} twice",                 divided_again),',
        "2 → 1",
    ): CHOSEN + "how far down the list a mistake stands",
    (
        "microgrid/answers/grounds.py",
        "size = STEP * (1 + abs(here.leaves[name]))",
        "1 → 0",
    ): SAME + "the numbers are drawn at random and are not 0, and a step relative to them does as well",
    (
        "microgrid/answers/kin.py",
        "yield formula.arguments[0].name",
        "0 → -1",
    ): SAME + "there is one argument",
    (
        "microgrid/answers/kin.py",
        "near = [*near, *(each for each in beside if each in related)][:MOST]",
        "MOST → MOST + 1",
    ): TRIED + "one name more",
    (
        "microgrid/answers/lines.py",
        "return 0.0",
        "0.0 → -1.0",
    ): SAME + "of no room and of less nothing is left",
    (
        "microgrid/answers/machine.py",
        "ROOM = 4  # times the largest scatter seen",
        "4 → 5",
    ): CHOSEN + "how much more a machine may be off than it was seen to be",
    (
        "microgrid/answers/sampled.py",
        "return math.isfinite(largest) and abs(left - right) > APART * largest",
        "> → >=",
    ): SAME + "numbers drawn at random are never so far apart to the bit",
    (
        "microgrid/answers/trial_points.py",
        "moved = {name: number + sizes[name] * rng.gauss(0, 1 + abs(number)) for name, number in self.leaves.items()}",
        "1 → 0",
    ): TRIED + "which numbers are drawn at random",
    (
        "microgrid/engine/watch.py",
        "FRAMES = 10_000  # of functions whose variables are looked at when recording ends",
        "10_000 → 9999",
    ): TRIED + "how many functions are looked into",
    (
        "microgrid/formula/latex.py",
        "end, count = match.end(), count + 1",
        "+ → -",
    ): SAME + "it is only asked whether there were any",
    (
        "microgrid/program/lowering/groups.py",
        "return all(b - a == 1 for a, b in itertools.pairwise(places))",
        "== → !=",
    ): SPEED + "rows that stand side by side are read without being gathered",
    (
        "microgrid/engine/derivatives.py",
        "FEW = 3  # terms that are added one by one; more are a single node",
        "3 → 2",
    ): SPEED + "of how many nodes a sum is, whose bits are the same",
    (
        "microgrid/answers/trial_rounds.py",
        "if self.pages.points.spent < KEPT:",
        "< → <=",
    ): SPEED + "one more is kept",
    (
        "microgrid/answers/wrong_slopes.py",
        'if slope.shown[0] != "∂":',
        "0 → -1",
    ): TRIED + "a slope that has been left out already is left out again",
    (
        "microgrid/formula/operation.py",
        "book: Row = field(default_factory=lambda: Row((), Number(0.0), ()))",
        "0.0 → 1.0",
    ): SAME + "an operation without a formula computes nothing with it",
    (
        "microgrid/formula/expression.py",
        "return results[0]",
        "0 → -1",
    ): SAME + "there is one result",
    (
        "microgrid/derivation/chains.py",
        "if graph.nodes[k].op.forward is no_formula or len(between) + len(graph.parents[k]) > LONGEST:",
        "+ → -",
    ): SPEED + "what grows too long is given up a little later, by its size",
    (
        "microgrid/formula/signs.py",
        "return SPELT_OUT.sub(lambda match: LETTERS.get(match[1], match[1]), index_key(name))",
        "1 → 0",
    ): SAME + "the whole match is its group",
    (
        "microgrid/derivation/solution.py",
        "TOO_LONG = 480  # characters of numbers put in: nobody follows them",
        "480 → 479",
    ): CHOSEN + "how many characters of numbers nobody follows",
    (
        "microgrid/formula/writing.py",
        '"∂": Form(r"\\frac{{\\partial {}}}{{\\partial {}}}", ATOM, (0, 0)),',
        "0 → 1",
    ): SAME + "no form binds less than a sum, which is 1",
    (
        "microgrid/formula/budget.py",
        "TERMS = 1000  # of a sum that is multiplied out",
        "1000 → 1001",
    ): CHOSEN + "how many terms a sum is multiplied out to",
    (
        "microgrid/answers/domains.py",
        'case Call("**", (inside, Number(power))) if power > 0:',
        "> → >=",
    ): SAME + "a power of 0 is 1, and nothing is divided by it",
    (
        "microgrid/answers/trial_points.py",
        "return Trial(self.leaves, self.given, value, formula, on_kink=False)",
        "False → True",
    ): TRIED + "past the budget nothing is refuted on either side of a kink",
    (
        "microgrid/answers/substitutes.py",
        "near = sorted(places, key=lambda each: abs(places[each] - places.get(line.item.by, 0)))",
        "0 → -1",
    ): TRIED + "from where on gradients are tried for what has no place in the sheet",
    (
        "microgrid/answers/sway.py",
        "continue",
        "continue → break",
    ): TRIED + "of which given numbers the sway is added up where the sheet has no value without one",
}
