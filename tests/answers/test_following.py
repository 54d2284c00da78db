"""What follows from what, and where someone gets to who has kept more digits than he printed."""

import pytest

from microgrid import Sheet
from microgrid.answers.follow_through import Item, Pages
from microgrid.answers.handwork import Way
from microgrid.answers.lines import follows

TEXT = "param w = 1, v = 2\nz = 2*w\nu = v + z\nL = u^2\nupdate 0.1"

FOLLOWS = [
    (("z", ""), ("L", ""), True), (("L", ""), ("z", ""), False), (("z", ""), ("z", ""), True),
    (("v", ""), ("z", ""), False), (("z", ""), ("L", "w"), True),
    (("L", "u"), ("L", "w"), True), (("L", "w"), ("L", "u"), False),
    (("L", "v"), ("L", "w"), False), (("u", "w"), ("L", "w"), False),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "expected"), FOLLOWS)
def test_a_number_follows_from_those_its_equations_name_and_from_every_round_before(one, other, expected):
    pages = Pages(Sheet.parse(TEXT).run())
    assert follows(pages, Item(0, *one), Item(0, *other)) is expected
    assert follows(pages, Item(0, *one), Item(1, *other)) and not follows(pages, Item(1, *one), Item(0, *other))


def test_of_several_wrong_numbers_each_may_be_kept_with_more_digits_or_all_of_them():
    pages = Pages(Sheet.parse("param w = 1, v = 2\na = 2*w\nb = 3*v\nL = a + 2*b").run())
    a, b, loss = Item(0, "a"), Item(0, "b"), Item(0, "L")
    near = Way({a: 2.0, b: 6.0}, [], rooms={a: (1.99, 2.02), b: (5.98, 6.01)})
    assert near.starts(pages, loss, "value") == pytest.approx([14, 13.99, 14.02, 13.96, 14.02, 13.95, 14.04])
    assert near.starts(pages, loss, "value") == near.starts(pages, loss, "value")
    wide = Way({a: 2.0, b: 6.0}, [], rooms={a: (1.9, 2.01), b: (5.8, 6.01)})
    assert wide.starts(pages, loss, "value") == pytest.approx([14, 13.9, 14.01, 13.6, 14.02, 14.03])  # −0.5 is too far
    alone = Way({a: 2.0, b: 6.0}, [], rooms={a: (1.99, 2.02)})
    assert alone.starts(pages, loss, "value") == pytest.approx([14, 13.99, 14.02])
