"""Which Graphviz draws: the system's `dot` first, else the one that pip installs.

The engines are tried in this order, and one that is missing or crashes makes way for the next:

    MICROGRID_DOT    the environment variable: the path of an engine of your choice
    dot              the Graphviz program, where it is installed
    graphviz-pure    a port of it that `pip install` brings along: SVG and PNG, no PDF
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from microgrid.errors import RenderError, did_you_mean

__all__ = ["SECONDS", "TooSlow", "engines", "known_format", "rendered"]

PURE = "graphviz-pure"
SECONDS = 20  # that an engine has for a picture
PNG_DPI = 192  # twice the usual, for screens that have two pixels to the point


class TooSlow(RenderError):
    """An engine had more to do than it has time for; another would not be faster."""


def rendered(source: str, format: str = "svg", layout: str = "dot") -> bytes:
    """The DOT text drawn, as the bytes of a file.

    >>> rendered("digraph { a -> b }")[:5]
    b'<?xml'

    source  DOT text
    format  "svg", "png", "pdf" or another that the engine knows
    layout  Graphviz' name for the way nodes are placed: "dot", "neato", …
    Raises RenderError, with what each engine said, when none could draw it; or one that took more than 20 s.
    """
    from graphviz.backend import dot_command

    command = dot_command.command(layout, known_format(format))[1:]
    if format.lower() == "png":
        command.append(f"-Gdpi={PNG_DPI}")
    failures = {}
    for engine in engines():
        image, failure = run(engine, command, source)
        if image:
            return image
        failures[engine] = failure
    raise RenderError(no_engine(format, failures))


def run(engine: str, command: list[str], source: str) -> tuple[bytes, str]:
    """What one engine drew, and why it did not."""
    from graphviz.backend import execute

    try:
        text = source.encode()
        done = execute.run_check([engine, *command], input=text, capture_output=True, quiet=True, timeout=SECONDS)
    except execute.ExecutableNotFound:
        return b"", "not found"
    except execute.CalledProcessError as error:
        said = (error.stderr or b"").decode(errors="replace").strip().splitlines()
        return b"", said[0] if said else f"ended with status {error.returncode}"
    except OSError as error:
        return b"", error.strerror or str(error)
    except subprocess.TimeoutExpired:
        raise TooSlow(
            f"Graphviz did not draw the picture in {SECONDS} s; a coarser level has fewer boxes, and any value inside "
            "can be drawn by itself; `.source` holds the DOT text"
        ) from None
    return done.stdout, "drew nothing"


def known_format(format: str) -> str:
    """The format itself; RenderError for one that Graphviz has never heard of."""
    from graphviz import FORMATS

    if format.lower() not in FORMATS:
        hint = did_you_mean(format, FORMATS) or "; there are svg, png and pdf"
        raise RenderError(f"no picture format is called {format!r}{hint}")
    return format.lower()


def engines() -> Iterator[str]:
    """The engines that may be there, the preferred one first."""
    from graphviz.backend import dot_command

    chosen = os.environ.get("MICROGRID_DOT")
    if chosen:
        yield pure_path() or chosen if chosen == PURE else chosen
    yield str(dot_command.DOT_BINARY)  # "dot", or what a program has set there
    pure = pure_path()
    if pure:
        yield pure


def pure_path() -> str | None:
    """Where pip put graphviz-pure, which need not be on the PATH; None where it is not installed."""
    folders = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent)]
    if f"{os.name}_user" in sysconfig.get_scheme_names():
        folders.append(sysconfig.get_path("scripts", f"{os.name}_user"))
    return shutil.which(PURE, path=os.pathsep.join(folders)) or shutil.which(PURE) or recorded_path()


def recorded_path() -> str | None:
    """Where the list of the package's files says it is: `pip install --target` puts it elsewhere."""
    from importlib.metadata import PackageNotFoundError, files

    try:
        found = [Path(str(each.locate())) for each in files(PURE) or () if each.stem == PURE]
    except PackageNotFoundError:
        return None
    return next((str(path) for path in found if path.is_file()), None)


def no_engine(format: str, failures: dict[str, str]) -> str:
    tried = "; ".join(f"{Path(engine).name}: {why}" for engine, why in failures.items())
    if format.lower() in ("svg", "png"):
        remedy = f"`pip install {PURE}`, or install Graphviz from https://graphviz.org"
    else:
        remedy = f"it needs the `dot` of https://graphviz.org, which {PURE} cannot replace for more than svg and png"
    return f"no Graphviz engine could draw the {format} ({tried}); {remedy}; `.source` holds the DOT text"
