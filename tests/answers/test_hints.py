"""Hints: the mistake behind a wrong number, or a refuted formula, is named; and no other is."""

import random
import re
from collections import Counter

from planted import Network, differ_in_one_digit, printed, slips_of_the_pen

from microgrid import Sheet
from microgrid.answers.follow_through import Item, Pages
from microgrid.answers.hints import hint
from microgrid.answers.printed import Printed


def item_of(name):
    if name[:1] == "d":
        of, by = name.split("/")
        return Item(0, of[1:], by[1:])
    return Item(int(name[-1] == "'"), name.rstrip("'"))


def asked(pages, name, text, right, before=None):
    published = {item_of(each): float(number) for each, number in {**(before or {}), name: text}.items()}
    return hint(pages, item_of(name), Printed(text), right, published)


# ── planted ──


def exercise(seed):
    """A network, one line of it, what stands before it, and every way to get it wrong: as printed, with patterns."""
    rng = random.Random(seed)
    network = Network(rng)
    digits, significant = rng.choice([(3, False), (4, False), (6, False), (3, True), (4, True)])
    share = rng.choice((1, 1, 0.75, 0.5, 0))
    lines = list(network.lines())
    line = rng.choice(lines)
    numbers, before = dict(network.given), {}
    for each in lines:
        text = printed(each.right(numbers), digits, significant)
        numbers[each.name] = float(text)
        if each is line:
            break
        if rng.random() < share:
            before[each.name] = text
    right = line.right(numbers)
    honest = printed(right, digits, significant)
    wrong = [(printed(make(numbers), digits, significant), said, "line") for make, said in line.mistakes]
    if float(honest):
        wrong += [(text, said, "pen") for text, said in slips_of_the_pen(honest)]
        wrong.append((printed(right * rng.choice((-1, 1)) * rng.uniform(0.3, 3), digits, significant), "", "random"))
    return network, line, before, right, honest, wrong


def like(text, right, more):
    """The right number to as many decimals as a text has, and some more."""
    return f"{right:.{max(1, len(text.partition('.')[2]) + more)}f}"


def weigh(seed, count, misses):
    network, line, before, right, honest, wrong = exercise(seed)
    pages = Pages(Sheet.parse(network.sheet()).run())
    for text, said, kind in wrong:
        number = Printed(text)
        near = abs(number.number - Printed(honest).number) <= max(number.unit, Printed(honest).unit)
        if near or number.significant < 3 or number.rounds(pages.true(item_of(line.name))):
            continue
        pens = {
            said for more in (-1, 0, 1) for other, said in slips_of_the_pen(like(text, right, more)) if other == text
        }
        pens |= {"one digit is wrong"} if pens and differ_in_one_digit(text, like(text, right, 0)) else set()
        alike = "|".join({*pens, *(other for same, other, _ in wrong if same == text and other)})
        found = asked(pages, line.name, text, right, before)
        named = bool(alike and re.search(alike, found))
        count[kind] += 1
        count[kind, "named"] += named
        count[kind, "wrong"] += bool(found) and not named
        if not named and (alike or found):
            misses.append(f"{seed}: {line.name} = {honest}, printed {text}, planted {alike!r}: {found!r}")


def test_the_planted_mistake_is_named_and_no_other():
    count, misses = Counter(), []
    for seed in range(150):
        weigh(seed, count, misses)
    planted, total = count["line"] + count["pen"], count["line"] + count["pen"] + count["random"]
    assert planted > 1500, count
    assert count["line", "named"] + count["pen", "named"] >= 0.9 * planted, (count, misses)
    assert sum(count[kind, "wrong"] for kind in ("line", "pen", "random")) <= 0.02 * total, (count, misses)
