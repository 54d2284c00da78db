"""How an author rounds, as his numbers show it; and what those beside one show, which is found without going over all."""

from __future__ import annotations

import random

from microgrid.answers.precision import Author, Evidence, Habit, habit
from microgrid.answers.printed import Printed


def numbers(pick: random.Random) -> list[Evidence]:
    """What an author printed: mostly to as many decimals, rounded or cut off; some twice, some with zeros left out."""
    decimals, cuts, found = pick.choice((1, 2, 3)), pick.random() < 0.5, []
    for _ in range(pick.randrange(0, 40)):
        value = pick.choice((pick.uniform(-2, 2), round(pick.uniform(0, 3), 2), 0.25, 1 / 3))
        places = decimals if pick.random() < 0.8 else pick.randrange(0, 5)
        text = f"{int(value * 10**places) / 10**places if cuts else value:.{places}f}"
        found.append(Evidence(Printed(text.rstrip("0") if "." in text and pick.random() < 0.1 else text), value))
    return found


def test_what_the_others_show_is_the_habit_of_the_others():
    pick, met = random.Random(3), set[Habit]()
    for trial in range(300):
        every = numbers(pick)
        author = Author(every)
        for left in (pick.sample(every, min(len(every), size)) for size in (0, 1, 1, 2)):
            beside = author.beside(*left)
            assert beside == habit(each for each in every if each not in left), trial
            met.add(beside)
    assert len(met) > 15
    assert {each.is_plain for each in met} == {True, False} and len({each.manners for each in met}) == 3


def test_the_habit_is_what_most_numbers_have_in_common():
    values = [0.56234, 1.30817, 2.41766, 0.92341, 3.14159, 0.27183, 1.61803, 0.57722, 1.20206]
    texts = [f"{value:.3f}" for value in values[:-2]] + [f"{value:.1f}" for value in values[-2:]]
    found = habit(Evidence(Printed(text), value) for text, value in zip(texts, values))
    assert [str(each) for each in found.precisions] == ["three decimals"]
    cut = habit(Evidence(Printed(f"{int(1000 * value) / 1000:.3f}"), value) for value in values)
    assert [str(each) for each in cut.precisions] == ["three decimals"]
    scattered = [f"{value:.{1 + at % 4}f}" for at, value in enumerate(values)]
    assert habit(Evidence(Printed(text), value) for text, value in zip(scattered, values)).precisions == ()
