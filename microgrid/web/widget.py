"""A live page as a widget of a notebook: what is changed there changes the Values here.

It needs the extra `notebook` (anywidget); a page without it is shown as a frame that keeps its changes to itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from microgrid.errors import MicrogridError
from microgrid.tape import Tape

from .scripts import asset

if TYPE_CHECKING:
    from .document import Page

__all__ = ["widget"]


def widget(made: Page, tape: Tape, names: Mapping[str, int]) -> Any:
    """A page as a widget; `.numbers` are those of the leaves, by name, and `.refresh()` reads them from the Values.

    tape   of the page's graph
    names  of the leaves that can be edited, with their places in the graph
    Raises MicrogridError where anywidget is not installed.
    """
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise MicrogridError("a widget needs anywidget: pip install 'microgrid-autograd[notebook]'") from None

    class LivePage(anywidget.AnyWidget):  # type: ignore[misc]
        """The page, and the numbers of its leaves."""

        _esm = asset("widget.mjs")
        html = traitlets.Unicode().tag(sync=True)
        height = traitlets.Int().tag(sync=True)
        numbers = traitlets.Dict().tag(sync=True)

        def refresh(self) -> None:
            """Show the numbers that the leaves have now."""
            self.numbers = {name: tape.graph.nodes[place].data for name, place in names.items()}

        @traitlets.observe("numbers")  # type: ignore[untyped-decorator]
        def _follow(self, change: Any) -> None:
            follow(tape, names, change["new"])

    shown = LivePage(html=made.html, height=made.height)
    shown.refresh()
    return shown


def follow(tape: Tape, names: Mapping[str, int], numbers: Mapping[str, float]) -> None:
    """Give the leaves those numbers, and every value that is computed from them its own."""
    graph = tape.graph
    edits = {graph.nodes[names[name]]: float(x) for name, x in numbers.items() if name in names}
    changed = {node: x for node, x in edits.items() if node.data != x}
    if not changed:
        return
    for node, x in zip(graph.nodes, tape.with_numbers(edits).rounds[0].graph.data):
        node.data = x
