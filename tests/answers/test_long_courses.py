"""Thousands of rounds: how much is computed to judge a number grows with the rounds, and no faster."""

import math
from collections import Counter

import pytest
from sheets import DEMOS, deep

from microgrid import Sheet
from microgrid.answers import check
from microgrid.answers.follow_through import Item, Pages
from microgrid.answers.lines import Steps
from microgrid.answers.machine import scatter
from microgrid.tape import steps
from microgrid.tape.wording import Wording
from microgrid.web import page


def judged(count, monkeypatch, lines):
    """The answers, and how many numbers were worked out for them."""
    counts = Counter()
    right = Pages.number

    def number(*arguments):
        counts["numbers"] += 1
        return right(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Pages, "number", number)
        answers = check(Sheet.parse("\n".join(["param w = 1", "L = w^2", f"update 0.001 × {count - 1}", *lines])).run())
    return answers, counts["numbers"] / count


def w(number, rate=0.001):
    """w of a round of that sheet."""
    return (1 - 2 * rate) ** (number - 1)


WRONG = {
    # what is printed, by the number of rounds, and how often each number of a round may be worked out for it
    "alone": (lambda n: [f"at round {n}: w ~= {w(n) * 1.5:.3f}"], 20),
    "after a wrong one": (lambda n: ["w ~= 1.1", f"at round {n}: w ~= {w(n) * 1.5:.3f}", "at round 2: w ~= 0.5"], 150),
    "a table that is wrong": (lambda n: ["table round w", *(f"{k} {w(k) / 2:.4f}" for k in range(50, n, 50))], 900),
    "by another machine": (lambda n: [f"at round {k}: w ~= {w(k) * (1 + 4e-8):.9f}" for k in range(50, n, 50)], 400),
}


@pytest.mark.parametrize(("lines", "most"), WRONG.values(), ids=WRONG)
def test_work_grows_with_the_rounds(lines, most, monkeypatch):
    found = [judged(count, monkeypatch, lines(count))[1] for count in (400, 1600)]
    assert found[1] <= max(1.3 * found[0], 6) and max(found) <= most, found


def test_a_wrong_number_behind_thousands_of_rounds_is_a_slip_and_not_excused_by_rounding():
    lines = ["param w = 1", "L = w^2", "update 0.0001 × 4000", "w ~= 0.91", "at round 2000: w ~= 0.67"]
    wrong, right = check(Sheet.parse("\n".join(lines)).run())
    assert (wrong.verdict, right.verdict) == ("slip", "exact")
    assert wrong.why.startswith(f"should be {math.exp(-0.8):.2f}")


def test_what_follows_from_a_wrong_number_is_carried_over_thousands_of_rounds():
    lines = [
        "param w = 1",
        "L = w^2",
        "update 0.0001 × 4000",
        "at round 2: w ~= 0.8",
        f"w ~= {0.8 * math.exp(-0.7998):.4f}",
    ]
    slip, carried = check(Sheet.parse("\n".join(lines)).run())
    assert (slip.verdict, carried.verdict, carried.carried_from) == ("slip", "carried", ("w of round 2",))


def test_the_sentences_of_a_rule_are_written_once(monkeypatch):
    run = Sheet.parse("param w = 1, b = 2\nL = (w + b)^2\nupdate adam 0.1 × 20\nrestart\nupdate 0.1 × 5").run()
    written = Counter()
    right = Wording.assigned

    def assigned(self, step):
        written[self, step.name, step.formula] += 1  # kept alive: an id may be given again
        return right(self, step)

    monkeypatch.setattr(Wording, "assigned", assigned)
    page(run)
    words = Wording(steps(run))
    assert [words(step) for step in words.tape if step.kind == "update"]
    assert written and set(written.values()) == {1}


def test_the_rounding_error_of_a_machine_is_the_same_in_whatever_order_it_is_asked_for():
    run = Sheet.read(DEMOS / "sgd_update.sheet").run()
    items = [Item(number, name) for number in range(len(run.rounds)) for name in run.sheet.formulas]
    there, back = Pages(run), Pages(run)
    found = {item: scatter(there, item, 2.0**-24) for item in items}
    assert found == {item: scatter(back, item, 2.0**-24) for item in reversed(items)}
    assert any(found.values())


def test_a_slip_looks_so_far_behind_it_and_no_farther(monkeypatch):
    """A number behind it may stand in its line by mistake, z200 for z100: from far away it is taken as it truly is."""
    looked, known = Counter(), Steps.is_before

    def is_before(self, other):
        looked[self.item.of] += 1
        return known(self, other)

    monkeypatch.setattr(Steps, "is_before", is_before)
    for farthest, most in ((20, 70), (1000, 1000)):
        looked.clear()
        monkeypatch.setattr("microgrid.answers.lines.FARTHEST", farthest)
        slips = [each for each in check(Sheet.parse(deep(210, {100})).run()) if not each.right]
        assert [(each.quantity, each.verdict) for each in slips] == [("z100", "slip")]
        assert (most > 100) == (looked["z100"] > 150)
        assert looked["z100"] <= most
