"""Mistakes that no test has to notice, each with its reason.

By the module, its line as it stands, and what stands for what: `before → after`.
"""

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
        "microgrid/answers/machine.py",
        "ROOM = 4  # times the largest scatter seen",
        "4 → 5",
    ): CHOSEN + "how much more a machine may be off than it was seen to be",
    (
        "microgrid/engine/watch.py",
        "FRAMES = 10_000  # of functions whose variables are looked at when recording ends",
        "10_000 → 9999",
    ): TRIED + "how many functions are looked into",
    (
        "microgrid/answers/trial_rounds.py",
        "if self.pages.points.spent < KEPT:",
        "< → <=",
    ): SPEED + "one more is kept",
    (
        "microgrid/derivation/solution.py",
        "TOO_LONG = 480  # characters of numbers put in: nobody follows them",
        "480 → 479",
    ): CHOSEN + "how many characters of numbers nobody follows",
    (
        "microgrid/formula/budget.py",
        "TERMS = 1000  # of a sum that is multiplied out",
        "1000 → 1001",
    ): CHOSEN + "how many terms a sum is multiplied out to",
    (
        "microgrid/answers/trial_points.py",
        "return Trial(self.leaves, self.given, value, formula, on_kink=False)",
        "False → True",
    ): TRIED + "past the budget nothing is refuted on either side of a kink",
    (
        "microgrid/formula/normal.py",
        "TURNED = 2.0  # up to where gelu_turn is the series about TURN",
        "2.0 → 1.0",
    ): CHOSEN + "up to where a series has as many digits as what it stands for",
}
