"""What an audit found: a verdict on each gradient, its cause where it is wrong, and the first that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from microgrid.answers.answer import VERDICTS, sentence
from microgrid.errors import counted
from microgrid.formula.lettering import LABEL, plain
from microgrid.formula.writing import markdown_text, printable
from microgrid.streams import carrying

__all__ = ["Finding", "Report"]

SUMMARY = 60  # characters of it in one line
MARKS = {"right": VERDICTS["exact"], "wrong": VERDICTS["slip"], "carried": VERDICTS["carried"],
         "undefined": VERDICTS["undefined"]}  # fmt: skip


@carrying
@dataclass(frozen=True)
class Finding:
    """The verdict on one gradient that was worked by hand.

    name     as it was given: "dW1"        quantity  of what it is the gradient: "W1"
    shape    of what was given             verdict   "right", "wrong", "carried" or "undefined"
    cause    what was done instead, where that shows
    detail   where it differs, and what belongs there
    follows  the gradients before it from which it follows, as they were given
    astray   those of them that are not right
    place    where it was computed, as `train.py:18, 19`, where that is known
    """

    name: str
    quantity: str
    shape: tuple[int, ...]
    verdict: str
    cause: str = ""
    detail: str = ""
    follows: tuple[str, ...] = ()
    astray: tuple[str, ...] = ()
    place: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "cause", sentence(self.cause))
        object.__setattr__(self, "detail", sentence(self.detail))

    @property
    def mark(self) -> str:
        """✓, ✗ or ↳"""
        return MARKS[self.verdict].mark

    @property
    def is_right(self) -> bool:
        """Whether it is the gradient."""
        return self.verdict == "right"

    @property
    def said(self) -> str:
        """The verdict in words: `wrong: transposed; it follows your dz1, which is right`."""
        if self.verdict == "carried":
            return f"follows from {yours(self.astray)}, which {are(self.astray)} wrong"
        if self.verdict != "wrong":
            return self.verdict + f": {self.detail}" * bool(self.detail)
        told = f"wrong: {self.cause or self.detail}" + f" ({self.place})" * bool(self.place)
        if not self.follows:
            return told
        if self.astray:
            return f"{told}; besides, it follows {yours(self.astray)}, which {are(self.astray)} wrong"
        return f"{told}; it follows {yours(self.follows)}, which {are(self.follows)} right"

    def __repr__(self) -> str:
        return f"<Finding {plain(self.name, LABEL)}: {plain(self.said, SUMMARY)}>"

    def __str__(self) -> str:
        return f"{self.mark} {printable(self.name)} {printable(self.said)}"


def yours(names: tuple[str, ...]) -> str:
    """`your dz2 and dh`"""
    *others, last = names
    return f"your {', '.join(others)} and {last}" if others else f"your {last}"


def are(names: tuple[str, ...]) -> str:
    return "are" if len(names) > 1 else "is"


@carrying
@dataclass(frozen=True)
class Report:
    """What an audit found of each gradient, in the order of the backward pass.

    loss      what they are the gradients of        findings  one of each
    remarks   what is to be said of the recorded gradients themselves, where differences do not confirm them
    """

    loss: str
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether all are."""
        return all(each.is_right for each in self.findings)

    @property
    def first(self) -> Finding | None:
        """The first in the backward pass that is wrong by itself; None where none is."""
        return next((each for each in self.findings if each.verdict in ("wrong", "undefined")), None)

    def __getitem__(self, name: str) -> Finding:
        """The finding on the gradient that was given under that name, or on that quantity."""
        return next(each for wanted in ("name", "quantity") for each in self.findings if getattr(each, wanted) == name)

    @property
    def summary(self) -> str:
        """The last sentence: how many are right, or which is the first that is not."""
        first, count = self.first, len(self.findings)
        if self.is_right or not first:
            return f"all {count} are right" if count > 1 else "it is right"
        others = [each for each in self.findings if each.verdict == first.verdict and each is not first]
        same = [each.name for each in others if each.cause == first.cause != ""]
        more = [each.name for each in others if each.name not in same]
        told = f"; the same in {', '.join(same)}" * bool(same) + f"; wrong besides: {', '.join(more)}" * bool(more)
        where = f" ({first.place})" * bool(first.place)
        return f"the first wrong one is {first.name}{where}: {first.cause or first.detail}{told}"

    def placed(self, places: Mapping[str, str]) -> Report:
        """The same, with the places of those whose place is not known."""
        return replace(self, findings=tuple(
            each if each.place else replace(each, place=places.get(each.name, "")) for each in self.findings
        ))  # fmt: skip

    def lines(self) -> Iterator[str]:
        """A line for each, its names one below the other, and the last sentence."""
        names = [printable(each.name) for each in self.findings]
        width = max(map(len, names))
        yield from (f"{each.mark} {name:<{width}}  {printable(each.said)}" for name, each in zip(names, self.findings))
        yield from (f"note: {printable(each)}" for each in self.remarks)
        yield printable(self.summary)

    def markdown(self) -> str:
        """A table in Markdown."""
        rows = [f"| {each.mark} | {markdown_text(each.name)} | {markdown_text(each.said)} |" for each in self.findings]
        return "\n".join(["| | gradient | |", "|---|---|---|", *rows, "", markdown_text(self.summary)])

    def json(self) -> dict[str, Any]:
        """The same as plain data."""
        first = self.first.name if self.first else None
        found = [asdict(each) | {"shape": list(each.shape), "follows": list(each.follows),
                                 "astray": list(each.astray)} for each in self.findings]  # fmt: skip
        return {"loss": self.loss, "right": self.is_right, "first": first, "gradients": found, "notes": [*self.remarks]}

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def __repr__(self) -> str:
        loss, summary = plain(self.loss, LABEL), plain(self.summary, SUMMARY)
        return f"<Report on {counted(len(self.findings), 'gradient')} of {loss}: {summary}>"

    def __str__(self) -> str:
        return "\n".join(self.lines())
