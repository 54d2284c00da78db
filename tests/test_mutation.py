"""That mistakes are planted where they can be made, and are noticed by a test that looks, and by no other."""

import textwrap
from pathlib import Path

from outside import ROOT

from benchmarks.mutation.accepted import ACCEPTED
from benchmarks.mutation.choice import chosen, core, shares
from benchmarks.mutation.plants import Planter, compiles
from benchmarks.mutation.trial import Bench

TEXT = '''
"""Counts: 1 + 2."""
from __future__ import annotations
__all__ = ["f"]
Shown = str | None
def f(x: int | str = 3, y="way") -> int | None:
    """At most 10."""
    if x < 1 and not y:
        raise ValueError(f"{x} < 1" + "!")
    z = min(x * 2, *y[1:x]) if y in ("way", "k") else x["key"]
    while True:
        z += 1
        break
    return sorted([z is None, x - z])
'''

PLANTED = """
3 → 4
3 → 2
x < 1 and not y → not (x < 1 and not y)
< → <=
< → >
1 → 2
1 → 0
and → or
not y → (y)
min → max
* → /
2 → 3
2 → 1
1 → 2
1 → 0
x → x + 1
y in ("way", "k") → not (y in ("way", "k"))
in → not in
"key" → 'key_'
True → not (True)
True → False
+= → -=
1 → 2
1 → 0
break → continue
sorted → list
is → is not
- → +
"""


def test_every_kind_of_mistake_is_planted_and_nothing_else():
    plants = Planter(TEXT).plants()
    assert sorted(f"{each.before} → {each.after}" for each in plants) == sorted(PLANTED.strip().splitlines())
    assert all(compiles(each.put(TEXT)) and each.line in each.lines for each in plants)
    table = 'TABLE = [op("f(x)", "x * exp(2)")]'
    assert [each.before for each in Planter(table).plants()] == []
    assert [each.put(table)[21:31] for each in Planter(table, "ops.py").plants()] == [
        "x / exp(2)",
        "x * log(2)",
        "x * exp(3)",
    ]


def test_modules_have_their_shares_and_a_seed_its_choice():
    assert shares({"a": 10, "b": 5, "c": 1}, 8) == {"a": 5, "b": 3, "c": 0}
    some = chosen(40, 3)
    assert len(some) == len(set(some)) == 40 and some == chosen(40, 3) != chosen(40, 4)
    assert {Path(each.module).parts[1] for each in some} == {
        "answers",
        "derivation",
        "engine",
        "formula",
        "program",
        "tape",
    }


def test_whoever_looks_notices(tmp_path):
    """Three tests of one function: of a mistake, of a loop without end, and of what does not matter."""
    (tmp_path / "benchmarks" / "mutation").mkdir(parents=True)
    here = ROOT / "benchmarks" / "mutation"
    for plugin in ("chooser.py", "server.py"):
        (tmp_path / "benchmarks" / "mutation" / plugin).write_text((here / plugin).read_text(encoding="utf-8"))
    module = tmp_path / "counted.py"
    text = "def counted(n):\n    k = 0\n    while k < n:\n        k += 1\n    return k\n"
    module.write_text(text)
    test = "from counted import counted\n\n\ndef test_{name}():\n    assert counted({n}) == {n}\n"
    for name, n in (("two", 2), ("none", 0)):
        (tmp_path / f"test_{name}.py").write_text(test.format(name=name, n=n))
    bench, found = Bench(tmp_path, {}, starts=2.0), {}
    for plant in Planter(text).plants():
        change = f"{plant.before} → {plant.after}"
        if change in ("< → <=", "0 → 1", "+= → -="):
            found[change] = [
                bench.verdict("counted.py", plant, [f"test_{name}.py::test_{name}"])[0] for name in ("two", "none")
            ]
    assert found == {"< → <=": ["noticed"] * 2, "0 → 1": ["survived", "noticed"], "+= → -=": ["hang", "survived"]}
    assert module.read_text() == text
    bench.close()


def test_what_is_accepted_still_stands_there():
    lines = {(name, line.strip()) for name, text in core().items() for line in text.splitlines()}
    for (module, line, change), reason in ACCEPTED.items():
        assert (module, line) in lines and change.partition(" → ")[0] in line, (module, line)
        assert len(textwrap.wrap(reason)) >= 1
