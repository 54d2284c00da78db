"""The conventional `graphviz.Digraph`, drawn by whichever engine there is.

Importing this module imports `graphviz`, which takes its time: do it where a picture is made.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import graphviz

from microgrid.errors import RenderError
from microgrid.files import refuse_odd_name, replace_file
from microgrid.streams import carries, carrying

from .render import TooSlow, known_format, rendered
from .theme import dark, in_dark, with_both

__all__ = ["Figure"]

PICTURES = (".svg", ".png", ".pdf")
TEXTS = (".dot", ".gv", "")
NOTEBOOK = {"image/svg+xml": "svg", "image/png": "png"}


LONGEST = 16_000  # bytes of a string: Graphviz reads no more than 16,384, and takes several with a + between
PIECE = LONGEST // 4  # characters, none of which has more bytes
BARE = re.compile(rf"(?<=[ \[]tooltip=)\w{{{PIECE},}}")  # a long word, which nobody has quoted
TOOLTIP = re.compile(r'(?<=[ \[]tooltip=")(?:[^"\\]|\\.)*(?=")')
PIECES = re.compile(rf'(?:[^"\\]|\\.){{1,{PIECE}}}')


def in_pieces(line: str) -> str:
    """A line of DOT with what a pointer is told in pieces that Graphviz reads.

    >>> in_pieces(f'v0 [tooltip="{"x" * 20_000}"]').count('" + "'), in_pieces('v0 [tooltip="x"]')
    (4, 'v0 [tooltip="x"]')
    >>> in_pieces(f'v0 [tooltip={"x" * 20_000}]').count('" + "')
    4
    """

    def pieces(found: re.Match[str]) -> str:
        return '" + "'.join(PIECES.findall(found[0])) if len(found[0].encode()) > LONGEST else found[0]

    return TOOLTIP.sub(pieces, BARE.sub(r'"\g<0>"', line)) if len(line) > PIECE else line


@carrying
class Figure(graphviz.Digraph):  # type: ignore[misc]
    """A picture: `.source` is its DOT text, `.save("net.svg")` draws it, a notebook shows it.

    >>> figure = Figure()
    >>> figure.edge("a", "b")
    >>> figure.pipe("svg")[:5]
    b'<?xml'

    Everything that a `graphviz.Digraph` does, it does too.
    """

    summary = "a picture"
    theme = "light"
    body: list[str]
    filename: str
    directory: Any
    coarser: Callable[[], Iterable[Figure]] = tuple  # what is drawn where this would take too long

    def themed(self, theme: str) -> Figure:
        """The picture in the colours of a theme: light, dark, or auto, which has both in its SVG."""
        self.theme = theme
        if theme == "dark":
            self.body = [in_dark(line) for line in self.body]
            for attributes in (self.graph_attr, self.node_attr, self.edge_attr):
                attributes.update({name: dark_attribute(value) for name, value in attributes.items()})
        return self

    def copy(self) -> Figure:
        """A copy that can be changed by itself."""
        twin: Figure = super().copy()
        twin.summary, twin.theme, twin.coarser = self.summary, self.theme, self.coarser
        return twin

    def __iter__(self, *arguments: Any, **options: Any) -> Iterator[str]:
        """The lines of its DOT text."""
        return map(in_pieces, super().__iter__(*arguments, **options))

    def __repr__(self) -> str:
        return f"<{self.summary}>"

    def __str__(self) -> str:
        """Its DOT text; signs that standard output cannot carry stand there as HTML has them, `&#8706;`."""
        text = str(self.source)
        return text if carries(text) else text.encode("ascii", "xmlcharrefreplace").decode()

    def pipe(self, format: str | None = None, *_: Any, engine: str | None = None, **options: Any) -> Any:
        """The picture as the bytes of a file, or as a string where an `encoding` is given."""
        format = format or self.format
        image = self.image(format, engine or self.engine)
        if self.theme == "auto" and format.lower() == "svg":
            image = with_both(image.decode()).encode()
        encoding = options.get("encoding")
        return image.decode(encoding) if encoding else image

    def image(self, format: str, engine: str) -> bytes:
        """The picture, or where that would take too long the finest coarser one that does not."""
        try:
            return rendered(self.source, format, engine)
        except TooSlow:
            for figure in self.coarser():
                with suppress(TooSlow):
                    return rendered(figure.source, format, engine)
            raise

    def save(self, filename: Any = None, directory: Any = None, **options: Any) -> str:
        """Write the picture to a file in the format of its name: svg, png, pdf; dot or gv for DOT text.

        Returns the path. Raises RenderError for another suffix, or when no engine could draw it.
        """
        suffix = Path(filename or self.filename).suffix.lower()
        if suffix in TEXTS:
            return self._save_text(filename, directory, bool(options.get("skip_existing")))
        if suffix not in PICTURES:
            raise RenderError(f"a picture is saved as svg, png, pdf, dot or gv, not as {suffix[1:]}: {filename}")
        return written(self._path(filename, directory), self.pipe(suffix[1:]))

    def _save_text(self, filename: Any, directory: Any, keeps: bool) -> str:
        """Write the DOT text, and remember where, as `graphviz.Digraph.save` does."""
        self.filename = os.fspath(self.filename if filename is None else filename)
        self.directory = os.fspath(self.directory if directory is None else directory)
        path = self._path(self.filename, self.directory)
        return str(path) if keeps and path.exists() else written(path, self.source.encode(self.encoding))

    def render(
        self, filename: Any = None, directory: Any = None, view: bool = False, cleanup: bool = False,
        format: str | None = None, *_: Any, outfile: Any = None, engine: str | None = None, **options: Any,
    ) -> str:  # fmt: skip
        """Write the DOT text to a file and the picture beside it, as `graphviz.Digraph.render` does."""
        source = self._path(filename or (outfile and Path(outfile).with_suffix(".gv")), directory)
        format = known_format(format or (outfile and Path(outfile).suffix[1:]) or self.format)
        image = self.pipe(format, engine=engine)
        written(source, self.source.encode())
        path = written(self._path(outfile, directory) if outfile else Path(f"{source}.{format}"), image)
        if cleanup:
            source.unlink()
        if view or options.get("quiet_view"):
            graphviz.view(path)
        return path

    def _path(self, filename: Any, directory: Any) -> Path:
        return Path(self.directory if directory is None else directory, filename or self.filename)

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None, **_: Any
    ) -> dict[str, Any]:
        """SVG for a notebook, PNG for one that does not trust SVG, a line of text for the rest."""
        bundle: dict[str, Any] = {"text/plain": repr(self)}
        wanted = {*NOTEBOOK, *bundle} if include is None else set(include)
        wanted.difference_update(exclude or ())
        try:
            for mime in wanted & NOTEBOOK.keys():
                format = NOTEBOOK[mime]
                bundle[mime] = self.pipe(format, encoding="utf-8" if format == "svg" else None)
        except RenderError as error:  # raised here, a notebook would show nothing at all
            return {"text/plain": f"{self!r}\n{error}"}
        return {mime: shown for mime, shown in bundle.items() if mime in wanted}


def dark_attribute(value: str) -> str:
    """The value of an attribute in the dark colours: one colour, or a label that holds some."""
    return dark(value) if re.fullmatch("#[0-9A-Fa-f]{6}", value) else in_dark(value)


def written(path: Path, content: bytes) -> str:
    """The path, once the file is there."""
    refuse_odd_name(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content)
    return str(path)
