"""Live pages as documents: which levels they offer, what they hold, how they are written.

A page holds the picture, the tape and the operations as JavaScript, and needs no network. Its script
computes what the engine computes, from the same table; tests compare the two, number by number.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microgrid.answers import VERDICTS
from microgrid.answers.follow_through import Item, Pages
from microgrid.answers.quiz import Known, known
from microgrid.errors import GraphError, counted
from microgrid.files import replace_file
from microgrid.formula import number_text, printable, unicode_name
from microgrid.formula.javascript import javascript
from microgrid.formula.lettering import plain
from microgrid.formula.writing import minus
from microgrid.picture import draw
from microgrid.picture.picture import check_sample
from microgrid.sheet import Run
from microgrid.streams import carrying
from microgrid.tape import Tape, steps

from .choices import Choices
from .levels import FOLDED, WORDS, finest, offered, pictured, usual, walk_of
from .networks import network
from .packing import deflated
from .places import GEOMETRY
from .published import published
from .recipe import recipe
from .scene import BY_NAME, SCOPED, Scene
from .scripts import asset, joined
from .transitions import Transitions

# What stands for the modules of networks and folds on a page that has neither.
NOTHING_APART = {
    "apart.js": "".join(f"export const {name}Apart = () => {{}};\n" for name in ("draw", "show", "move", "open")),
    "unfold.js": "export const unfold = () => {};\n",
}

if TYPE_CHECKING:
    from .modelled import Modelled

__all__ = ["Page", "document"]

TITLE = 56  # characters of a title at the prompt
QUIZZED, OF_ARRAYS = 26, 18  # numbers of which a page knows likely mistakes, of the first rounds; fewer with arrays
MOST_ROUNDS, MOST_NUMBERS = 1000, 50_000  # of all rounds
MOST_LISTED = 1000  # values in the table for a reader without scripts
LEAST_FRAME, LARGEST_FRAME, AROUND = 520, 860, 190  # heights in a notebook, and of what is around the picture
MOST_ALSO = 8  # names that no card shows, and rounds of each
OF_ARRAYS_SAID = (
    "of a vector or matrix ∂ says what grad of the box is multiplied by on its way back",
    "green: above 0; purple: below",
)
MOST_VALUES, MOST_WIRES, MOST_OPERATIONS = 1000, 5000, 40_000  # of a level; of the whole graph


def document(
    target: Any,
    level: str | None,
    names: Mapping[str, Any] | None,
    title: str,
    round_number: int = 1,
    sample: int = 1,
    samples: Modelled | None = None,
) -> Page:
    """The page of a Value, a worked sheet or a tape; `page` says what the settings mean."""
    tape = target if isinstance(target, Tape) else steps(target, "op", names=names)
    refuse_large(tape)
    refuse_long(tape)
    run = target if isinstance(target, Run) else None
    sheet = run.sheet if run else None
    check_sample(sample, sheet)
    order = sheet.quantities if sheet else tape.order
    net = None if sheet else network(tape.graph)
    usually = usual(sheet) if sheet else "neuron" if net else finest(tape.graph)
    first = level or (tape.level if isinstance(target, Tape) else usually)
    first = "named" if first in BY_NAME and not (sheet and sheet.has_arrays) else first
    memory, rules = tape.rounds[0].memory, within(tape)
    levels = offered(tape.graph, first, sheet, net is not None)
    walks = {each: Tape.of(tape.graph, each, rules, order, memory, sheet) for each in {*map(walk_of, levels)}}
    for level in {*levels} - {FOLDED}:
        refuse_endless(walks[walk_of(level)])
    tapes = [walks[walk_of(each)] for each in levels]
    refuse_round(tapes[0], round_number)
    heading = (run.title if run else title) or f"{tape.names[-1]}, step by step"
    scenes = pictured(levels, tapes, sheet, order, net is not None)
    return Page(tapes, scenes, levels.index(first), heading, run, round_number, sample, net, samples)


def within(tape: Tape) -> Sequence[Any]:
    """The rules of a tape, up to the first that needs numbers which a page does not compute."""
    count = next((i for i, rule in enumerate(tape.rules) if getattr(rule, "sheet", None)), len(tape.rules))
    return tape.rules[:count]


def refuse_round(tape: Tape, number: int) -> None:
    """Raise GraphError where there is no such round."""
    if not 1 <= number <= len(tape.rounds):
        raise GraphError(f"there is no round {number:,} on the page; it has {counted(len(tape.rounds), 'round')}")


def refuse_large(tape: Tape) -> None:
    """Raise GraphError for more values than a page can compute with, before anything is looked at."""
    if len(tape.graph) > MOST_OPERATIONS:
        raise GraphError(
            f"{len(tape.graph):,} values in all; a page computes with at most {MOST_OPERATIONS:,}; make one of a part, "
            "such as the loss of one sample: any value inside can be the target; or draw it by its lists and arrays"
        )


def refuse_long(tape: Tape) -> None:
    """Raise GraphError for more rounds than a page holds, before any is worked."""
    rounds = 1 + len(within(tape))
    if rounds > MOST_ROUNDS:
        raise GraphError(f"{rounds:,} rounds; a page holds at most {MOST_ROUNDS:,}")
    if rounds * len(tape.graph) > MOST_NUMBERS:
        fact = f"{rounds:,} rounds of {counted(len(tape.graph), 'value')}"
        raise GraphError(f"{fact}; a page holds at most {MOST_NUMBERS:,} numbers; give it fewer rounds, or a part")


def refuse_endless(tape: Tape) -> None:
    """Raise GraphError where nobody could see all of a level."""
    values, wires = len(tape.view), len(tape.children) - len(tape.view)
    if values > MOST_VALUES or wires > MOST_WIRES:
        raise GraphError(
            f"{values:,} values with {wires:,} wires; a page holds at most {MOST_VALUES:,} with {MOST_WIRES:,}; make "
            "one of a part, such as the loss of one sample: any value inside can be the target"
        )


@carrying
class Page:
    """A live page; `microgrid.page()` makes it.

    html    all of it, as text
    title   its heading
    height  of a frame for it, in pixels
    """

    _network: dict[str, Any] | None = None
    _samples: Modelled | None = None
    _round = _sample = 1  # also of a page that was pickled before the wings

    def __init__(
        self,
        tapes: Sequence[Tape],
        scenes: Sequence[Any],
        first: int,
        title: str,
        run: Run | None = None,
        round_number: int = 1,
        sample: int = 1,
        net: dict[str, Any] | None = None,
        samples: Modelled | None = None,
    ) -> None:
        self.title, self._tapes, self._scenes, self._first, self._run = printable(title), tapes, scenes, first, run
        self._round, self._sample, self._network, self._samples = round_number, sample, net, samples

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if any(isinstance(each, Scene) for each in self._scenes):  # from before pages drew their cards
            sheet, tape = self._run.sheet if self._run else None, self._tapes[0]
            levels = [each.data["level"] for each in self._scenes]
            self._scenes = pictured(levels, self._tapes, sheet, sheet.quantities if sheet else tape.order)
            vars(self).pop("html", None)

    def __repr__(self) -> str:
        return f"<page {plain(self.title, TITLE)!r}: {', '.join(scene['level'] for scene in self._scenes)}>"

    @cached_property
    def html(self) -> str:
        """The page as text."""
        style, script = asset("page.css") + (asset("network.css") if self._is_drawn() else ""), self._script()
        parts = {
            "policy": f"default-src 'none'; style-src {digest(style)}; script-src {digest(script)}; "
            "worker-src blob:; base-uri 'none'; form-action 'none'",
            "title": html.escape(self.title),
            "source": html.escape(printable(self._run.sheet.source)) if self._run else "",
            "style": style,
            "script": script,
            "data": deflated(embedded(self._data())),
            "table": self._table(),
            "rounds": " These are the numbers at the start of round 1." if self._tapes[0].rules else "",
            "outside": html.escape(self._outside()),
            "also": self._also(),
        }
        return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], asset("page.html"))

    @cached_property
    def _transitions(self) -> Transitions:
        return Transitions(self._tapes[0])

    @cached_property
    def _choices(self) -> tuple[Choices, list[dict[str, Any]]]:
        """What is asked about the local derivatives, and of each level."""
        found, equations = Choices(), self._run.sheet.formulas if self._run else {}
        named = [{} if tape.level in (*SCOPED, "op") else equations for tape in self._tapes]
        levels = zip(self._tapes, self._scenes, named)
        return found, [{} if "like" in scene else found.level(tape, each) for tape, scene, each in levels]

    def save(self, path: Any) -> str:
        """Write the page to a file; the path. Raises GraphError for a name that is no HTML file's."""
        if Path(path).suffix.lower() not in (".html", ".htm"):
            raise GraphError(f"a page is an .html file, not {path}")
        replace_file(path, self.html.encode("utf-8"))
        return str(path)

    def widget(self) -> Any:
        """The page as a notebook's widget: an edit there changes `.data` of the Values here.

        Its `.refresh()` shows what the Values hold now. Raises MicrogridError where anywidget is not installed.
        """
        from .widget import widget

        found = recipe(self._tapes[0].graph)
        return widget(self, self._tapes[0], {found["names"][place]: place for place in found["editable"]})

    def _outside(self) -> str:
        """A sentence about the lines of a sheet that its loss does not depend on."""
        sentences = self._run.left_out(self._tapes[0].graph) if self._run else []
        if self._run and self._run.sheet.has_arrays:
            sentences = [*OF_ARRAYS_SAID, *sentences]
        said = "".join(f" {each[0].upper()}{each[1:]}." for each in sentences)
        last = len(self._tapes[0].rounds)
        if self._run and last < len(self._run.rounds):
            said += f" The rounds after {last} need numbers that a page does not compute, and are not here."
        return said

    def _also(self) -> str:
        """The numbers that the sheet computes from its loss, which no card shows; in each of its rounds."""
        names = self._run.outside(self._tapes[0].graph) if self._run else []
        rounds = self._run.rounds[:MOST_ALSO] if self._run else ()
        more = ["…"] if self._run and len(self._run.rounds) > MOST_ALSO else []
        items = (
            f"{printable(name)} = {', '.join([*(minus(number_text(each[name].data, 4)) for each in rounds), *more])}"
            for name in names[:MOST_ALSO]
        )
        inside = "".join(f"<li>{html.escape(each)}" for each in items)
        where = ", round by round" if len(rounds) > 1 else ""
        about = f"Also computed, with the numbers of the sheet{where}:"
        return f'<div class="legend" id="also">{about}<ul>{inside}</ul></div>' if inside else ""

    def _script(self) -> str:
        """The page's modules, in a scope of their own."""
        worker = "worker.js" if self._samples else ""
        return f'(() => {{\n"use strict";\n{joined("page.js", self._written, worker)}}})();\n'

    @cached_property
    def _written(self) -> dict[str, str]:
        """The module of the operations, of the rules of the rounds and of the formulas that are chosen among."""
        moves, (choices, _) = self._transitions, self._choices
        used = (node.op for node in self._tapes[0].graph.nodes if node.parents)
        written = [javascript([*used, *moves.operations, *choices.operations]), moves.script, choices.script]
        own = "\n".join(f"export {each}" for each in written)
        operations_module = f'import {{ Arithmetic }} from "./arithmetic.js";\n{own}'
        return {"operations.js": operations_module, **({} if self._is_drawn() else NOTHING_APART)}

    def _data(self) -> dict[str, Any]:
        tape, (choices, asked) = self._tapes[0], self._choices
        return {
            "first": self._first,
            "round": self._round,
            "sample": self._sample,
            "graph": self._recipe(),
            "levels": [
                {**each, **some, "words": WORDS.get(each["level"], "")} for each, some in zip(self._scenes, asked)
            ],
            "choices": choices.data,
            "geometry": GEOMETRY,
            "network": self._network,
            "model": self._samples.data(tape.graph) if self._samples else None,
            "rules": self._transitions.data,
            "memory": self._transitions.memory,
            "answers": published(self._run),
            "verdicts": {name: each._asdict() for name, each in VERDICTS.items()},
            "quiz": [{str(item): packed(each) for item, each in some.items()} for some in self._known()],
        }

    def _is_drawn(self) -> bool:
        """Whether a level is drawn another way than as cards where Graphviz has placed them."""
        return any("drawn" in scene for scene in self._scenes)

    def _recipe(self) -> dict[str, Any]:
        """The graph; of a folded one only with the names that somebody gave."""
        graph = self._tapes[0].graph
        found = recipe(graph, self._tapes[0].order)
        if self._network is None and any(scene["level"] == FOLDED for scene in self._scenes):
            for key in ("names", "shown"):
                found[key] = [name if label else "" for name, label in zip(found[key], graph.labels)]
            found["names"][-1] = root = printable(graph.display_names[-1])
            found["shown"][-1] = unicode_name(root)
        return found

    def _known(self) -> list[dict[Item, Known]]:
        """What the tutor has to know to judge an answer, round by round; nothing where there is no sheet."""
        if self._run is None or not self._run.sheet.loss:
            return []
        pages, loss = Pages(self._run), self._run.sheet.loss
        names = [name for equation in self._run.sheet.equations for name in equation.names]
        by = [name for name in self._run.sheet.quantities if name != loss and name in pages.sources(loss)]
        asked = [*((name, "") for name in names), *((loss, name) for name in by)]
        if self._run.sheet.has_arrays:  # so many that the page would be large
            return [known(pages, [Item(0, *each) for each in asked[:OF_ARRAYS]])]
        count = max(1, QUIZZED // max(1, len(asked)))
        return [known(pages, [Item(r, *each) for each in asked]) for r in range(len(self._run.rounds))[:count]]

    def _table(self) -> str:
        """The final state, for a reader without scripts."""
        tape = self._tapes[self._first]
        view, names, grads = tape.rounds[-1].view, tape.names, tape.rounds[-1].grad
        figures = list(zip(names, view.data, grads))[-MOST_LISTED:]
        cells = ((html.escape(printable(name)), data, grad) for name, data, grad in figures)
        rows = "".join(f"<tr><td>{name}<td>{data:.6g}<td>{grad:.6g}" for name, data, grad in cells)
        return f"<table><tr><th>value<th>data<th>grad{rows}</table>"

    @property
    def height(self) -> int:
        """Of a frame for the page, in pixels: that of its picture, within what a notebook shows at once."""
        sizes = [each["size"] for each in self._scenes[self._first].get("layouts", {}).values()]
        return max(
            LEAST_FRAME, min(LARGEST_FRAME, AROUND + int(min((height for _, height in sizes), default=LARGEST_FRAME)))
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, Any]:
        """A frame for a notebook, with the static picture for one that shows no frames."""
        still = draw(self._tapes[self._first].view.root)._repr_mimebundle_()
        image = base64.b64encode(still["image/png"]).decode() if "image/png" in still else ""
        inside = f'<img alt="{html.escape(self.title)}" src="data:image/png;base64,{image}">' if image else ""
        frame = (
            f'<iframe title="{html.escape(self.title)}" sandbox="allow-scripts" width="100%" height="{self.height}" '
            f'style="border:0" srcdoc="{html.escape(self.html)}">{inside}</iframe>'
            f"<script>{asset('notebook.js')}</script>"
        )
        bundle = {**still, "text/html": frame, "text/plain": repr(self)}
        wanted = (set(bundle) if include is None else set(include)) - set(exclude or ())
        return {mime: shown for mime, shown in bundle.items() if mime in wanted}


def packed(known: Known) -> dict[str, Any]:
    """What is known of a number, each result once: a span has their places."""
    results = list(dict.fromkeys(each for span in known.spans for each in span[3:]))
    place = {each: i for i, each in enumerate(results)}
    spans = [[*span[:3], *(place[each] for each in span[3:])] for span in known.spans]
    return {
        **known._asdict(),
        "edits": [each for each in known.edits if not each[1].startswith("in ")],  # what was asked before is known
        "results": results,
        "spans": spans,
        "scatter": [float(f"{each:.4g}") for each in known.scatter],
    }


def digest(text: str) -> str:
    """The text as a content security policy names it: nothing else runs."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def embedded(data: Any) -> str:
    """The data as JSON that can stand inside a script element, whatever it says."""
    text = json.dumps(finite(data), separators=(",", ":"), ensure_ascii=False)
    return re.sub("[<\u2028\u2029\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)


def finite(data: Any) -> Any:
    """The data with inf and nan, which JSON has not, as the words that JavaScript has for them."""
    return json.loads(json.dumps(data), parse_constant=str)
