"""Sheets of thousands of lines: the work grows with the lines, and is counted, not timed."""

import pytest
from sheets import deep

from microgrid import GraphError, Sheet, draw
from microgrid.answers import check, equations, precision
from microgrid.answers.follow_through import Pages
from microgrid.answers.reach import Reach, Sources
from microgrid.cli import main

pytestmark = pytest.mark.once


def counted(monkeypatch, owner, name, work):
    """How many times a function is called in the course of a work."""
    calls, plain = [], getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *arguments: calls.append(1) or plain(*arguments))
    work()
    monkeypatch.setattr(owner, name, plain)
    return len(calls)


def test_an_equation_is_looked_into_once(monkeypatch):
    for steps in (50, 200):
        run = Sheet.parse(deep(steps, wrong={7})).run()
        calls = counted(monkeypatch, equations, "variables", lambda run=run: check(run))
        assert calls <= 3 * len(run.sheet.quantities) + 100


def test_each_number_is_weighed_once_however_many_slips_there_are(monkeypatch):
    """That is, what it shows of its author's habits."""
    for steps in (20, 80):
        run = Sheet.parse(deep(steps, wrong=range(5, steps, 10))).run()
        calls = counted(monkeypatch, precision.Precision, "is_of", lambda run=run: check(run))
        assert calls <= 6 * 2 * steps + 100


def test_a_picture_that_there_cannot_be_is_refused_before_the_numbers_are_judged(monkeypatch, tmp_path, capsys):
    run = Sheet.parse(deep(600)).run()

    def never():
        raise AssertionError("judged")
        yield

    with pytest.raises(GraphError, match="1,203 boxes"):
        draw(run, marks=never())
    with pytest.raises(AssertionError, match="judged"):
        draw(Sheet.parse(deep(2)).run(), marks=never())
    path = tmp_path / "long.sheet"
    path.write_text(deep(600), encoding="utf-8")
    monkeypatch.setattr("microgrid.answers.check", lambda run: never())
    assert main(["draw", str(path), "-o", str(tmp_path / "net.svg")]) == 2
    assert "1,203 boxes" in capsys.readouterr().err


def test_sources_are_those_of_a_search():
    pages = Pages(Sheet.parse(deep(30)).run())

    def searched(name):
        found, pending = set(), [name]
        while pending:
            if (each := pending.pop()) not in found:
                found.add(each)
                pending += pages.names_in(each)
        return found

    for name in ("L", "a30", "z17", "a1", "x", "w"):
        assert pages.sources(name) == searched(name)
        assert len(pages.sources(name)) == len(searched(name))


@pytest.mark.quick
def test_sources_are_a_set():
    reach = Reach({"c": ["a", "b"], "d": ["c", "a"], "e": ["e0"]}.get)
    d, e = reach.sources("d"), reach.sources("e")
    assert set(d) == {"a", "b", "c", "d"} and d == {"a", "b", "c", "d"}
    assert "e" not in d and "f" not in d and d.isdisjoint(e) and not d.isdisjoint({"a": 1})
    assert d - {"d"} == {"a", "b", "c"} and {"a", "x"} & d == {"a"} and frozenset().union(d, e) == {*d, *e}
    assert isinstance(d, Sources) and hash(d) == hash(reach.sources("d"))


def test_a_search_asks_for_each_name_once_at_any_depth():
    asked = []
    reach = Reach(lambda name: asked.append(name) or ([str(int(name) - 1)] if name != "0" else None))
    assert len(reach.sources("5000")) == 5001
    assert "2500" in reach.sources("4000") and "4001" not in reach.sources("4000")
    assert len(asked) == 5001
