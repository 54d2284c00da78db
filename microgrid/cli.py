"""The command line: `microgrid run | check | explain | draw | step | page | edit | audit`.

Exit code 0 for good, 1 when `check` finds a wrong number or `audit` a wrong gradient, 2 for bad usage or input.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from . import __version__
from .errors import FormulaError, GraphError, MicrogridError, SheetError, brief, file_named
from .files import ended_in_order
from .streams import accept_any_text, carried, carries, encoding_of, let_go, open_missing, tell
from .terminal.options import OPTIONS
from .terminal.targets import TargetError, arrays, existing, script, sheet, target, tell_remarks, typed

if TYPE_CHECKING:  # a verb imports what it needs: help is there at once
    from .sheet import Run

__all__ = ["main"]

RARELY = 100_000  # objects more, and the collector looks for cycles: nearly all that a verb makes lives to its end
LONGEST_WORD = 300  # characters of what was typed, be it the name of a file, that an error repeats whole

EXAMPLES = """\
examples:
  microgrid run demos/two_relus.sheet               every number of an example
  microgrid check demos/*.sheet                     judge the published numbers
  microgrid explain demos/two_relus.sheet dJ/dw1    the chain rule, written out
  microgrid draw demos/two_relus.sheet -o net.svg   draw the computation graph
  microgrid draw script.py:loss -o net.png          the same for Python code
  microgrid step demos/two_relus.sheet              every step, both ways
  microgrid page demos/two_relus.sheet -o net.html  a live page to step through
  microgrid edit net.sheet                          write one beside its page
  microgrid audit script.py:loss                    judge your backward pass
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    open_missing()
    for stream in (sys.stdout, sys.stderr):  # where there is no ŷ it is yhat, not a traceback
        accept_any_text(stream)
    often = gc.get_threshold()
    gc.set_threshold(RARELY, *often[1:])
    try:
        with ended_in_order():
            return obeyed(arguments)
    except BrokenPipeError:  # the reader of a pipe has left, and needs no more
        let_go(sys.stdout)
        return 0
    except (MicrogridError, OSError) as error:
        let_go(sys.stdout)
        tell(told(error))
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        gc.set_threshold(*often)


def obeyed(arguments: Sequence[str] | None) -> int:
    """Do what is asked; what was printed is out, or an OSError says why not."""
    try:
        options = parser().parse_args(arguments)
        return int(options.verb(options))
    except (FormulaError, GraphError) as error:  # about a whole, in which there is no line or column to name
        said = error.message if isinstance(error, FormulaError) else str(error)
        raise TargetError(f"{file_named(options.target)}: {said}" if "target" in options else said) from None
    finally:
        let_go(sys.stderr)
        sys.stdout.flush()


def told(error: Exception) -> str:
    """What an error says, with the file that the system found no way to; in one line, unless it is of a sheet."""
    if isinstance(error, SheetError):
        return str(error)
    if isinstance(error, OSError):
        return in_a_line(f"{error.filename}: " * bool(error.filename) + (error.strerror or str(error)))
    return in_a_line(str(error))


def in_a_line(text: str) -> str:
    """A text that has the name of a file in it, or a word as it was typed: that may be anything, of any length."""
    from .formula import printable

    return brief(printable(text), LONGEST_WORD)


class Parser(argparse.ArgumentParser):
    """A parser that repeats what it does not know in a line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end with 2, whether or not anybody listens."""
        from .look_alikes import strange

        _, alike = strange(message)
        try:
            super().error(in_a_line(message) + f"; {alike}" * bool(alike))
        except OSError:  # of which newer Pythons say nothing
            raise SystemExit(2) from None


def parser() -> argparse.ArgumentParser:
    """The commands, each with an example in its help."""
    shape = argparse.RawDescriptionHelpFormatter
    top = Parser("microgrid", description="Every number in backpropagation.", epilog=EXAMPLES, formatter_class=shape)
    top.add_argument("--version", action="version", version=f"microgrid {__version__}")
    verbs = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for verb, (summary, example, options) in VERBS.items():
        epilog = f"example:\n  microgrid {verb.__name__} {example}"
        each = verbs.add_parser(verb.__name__, help=summary, description=summary, epilog=epilog, formatter_class=shape)
        each.set_defaults(verb=verb)
        for option in options:
            names, settings = OPTIONS[option]
            each.add_argument(*names, **settings)
    return top


PICTURES = (".svg", ".png", ".pdf", ".dot", ".gv")


# ── verbs ──────────────────────────────────────────────────────────────────────────────────


def run(options: argparse.Namespace) -> int:
    from .answers import check
    from .terminal.printing import printer
    from .terminal.report import as_json, print_run
    from .terminal.tables import plain

    failed, several = 0, len(options.sheets) > 1
    for number, (name, worked) in enumerate(opened(options)):
        if isinstance(worked, str):
            failed += 1
            continue
        worked.only(options.round or 1)
        worked.sheet.require_sample(options.sample)
        answers = check(worked)
        if options.json:  # of several sheets one object a line
            print(as_text(as_json(worked, answers, options.round), indent=None if several else 2))
            continue
        if several:
            print(end="\n" * bool(number))
            printer().print(plain(in_a_line(name), "bold"), soft_wrap=True)
        print_run(printer(), worked, answers, options.digits, options.round, options.sample, options.all)
    return 2 if failed else 0


def check(options: argparse.Namespace) -> int:
    if options.key:
        return key(options)
    from .answers import check
    from .terminal.piles import Marked, print_pile, write_csv
    from .terminal.printing import printer
    from .terminal.report import as_json, print_checks

    if options.csv and (options.csv == "-" or options.csv.endswith(".sheet") or options.csv in options.sheets):
        raise TargetError(f"--csv {options.csv} is no table; name a file for it: --csv marks.csv")
    pile: list[Marked] = []
    for name, worked in opened(options):
        if isinstance(worked, str):
            pile.append(Marked(name, (), worked))
            continue
        pile.append(Marked(name, answers := check(worked)))
        if options.json:
            print(as_text(as_json(worked, answers)))
            continue
        print_checks(printer(), worked, answers, options.digits)
        print(end="\n" * (len(options.sheets) > 1))
    if len(pile) > 1 and not options.json:
        print_pile(printer(), pile)
    if options.csv:
        write_csv(options.csv, pile)
    wrong = any(each.has_wrong(options.strict) for each in pile)
    return 2 if any(each.error for each in pile) else int(wrong)


def key(options: argparse.Namespace) -> int:
    """The one sheet with its blanks filled; every other byte is as it was."""
    from .answers.key import filled, left_blank
    from .files import file_content
    from .sheet import Sheet
    from .sheet.encoding import decoded

    name, *others = options.sheets
    if others or options.json or options.csv:
        raise TargetError("--key prints one sheet as text; name one, without --json and --csv")
    file = "<stdin>" if name == "-" else name
    text = decoded(typed() if name == "-" else file_content(existing(name)), file)
    run = Sheet.parse(text, file).run()
    sys.stdout.buffer.write(filled(text, run).encode("utf-8"))  # as sheets are encoded
    for said in left_blank(run):
        tell(f"{file}: {said}")
    return 0


def opened(options: argparse.Namespace) -> Iterator[tuple[str, Run | str]]:
    """Each sheet, worked; or what is wrong with it, which keeps nobody from the others."""
    return ((name, worked_or_told(name, options.json)) for name in options.sheets)


def worked_or_told(name: str, as_json: bool) -> Run | str:
    """A sheet, worked; or what is wrong with it, which is said at once."""
    try:
        return sheet(name).run()
    except (MicrogridError, OSError) as error:
        if as_json:
            print(as_text({"file": name, "error": told(error)}))
        sys.stdout.flush()
        tell(told(error))
        return told(error)


def explain(options: argparse.Namespace) -> int:
    import shutil

    from .derivation import Derivation, explain

    subject, names = target(options.target, options.round)
    if not options.derivatives:
        tell_remarks(subject)
    settings = {"names": names, "digits": options.digits, "paths": options.paths, "sample": options.sample}
    round_number = options.round or 1
    found = [
        explain(subject, each, options.level, round_number=round_number, **settings)
        for each in options.derivatives or [None]
    ]
    if options.format == "json":
        objects = [each.json() for each in found]
        print(as_text(objects if len(objects) > 1 else objects[0], indent=2))
        return 0
    written = {"markdown": Derivation.markdown, "latex": Derivation.latex}
    room = shutil.get_terminal_size().columns, encoding_of()
    print("\n\n".join(written.get(options.format, lambda each: each.text(*room))(each) for each in found))
    return 0


def as_text(thing: Any, indent: int | None = None) -> str:
    """An object as JSON, whose own way to write what the stream cannot carry, or would obey, is \\u0177."""
    import json
    import re

    text = json.dumps(thing, ensure_ascii=False, indent=indent)
    if not carries(text):
        return json.dumps(thing, indent=indent)
    return re.sub(r"[^\n -~]", lambda sign: sign[0] if sign[0].isprintable() else json.dumps(sign[0])[1:-1], text)


def draw(options: argparse.Namespace) -> int:
    from pathlib import Path

    from .answers import check as judged
    from .picture import draw, save
    from .sheet import Run

    suffix = Path(options.output).suffix
    if suffix.lower() not in PICTURES:
        raise TargetError(f"a picture is a {', '.join(PICTURES[:-1])} or {PICTURES[-1]} file, not {options.output}")
    root, names = target(options.target, options.round)
    tell_remarks(root)
    marks = (one for each in [root] if isinstance(each, Run) for one in judged(each))  # asked for if it can be drawn
    chosen = ("direction", "digits", "level", "sample", "theme", "legend", "fit")
    look = {name: getattr(options, name) for name in chosen}
    figure = draw(root, names=names, marks=marks, round=options.round or 1, numbers=not options.blank, **look)
    save(figure, options.output)
    print(f"wrote {in_a_line(options.output)}")
    return 0


def step(options: argparse.Namespace) -> int:
    from .debugger.prompt import converse
    from .debugger.session import Session
    from .engine import record_origins

    with record_origins():
        subject, names = target(options.target, options.round)
    tell_remarks(subject)
    session = Session(subject, options.level, names, options.digits)
    session.go_to_round(options.round or 1)
    return converse(session, options.commands)


def page(options: argparse.Namespace) -> int:
    if options.watch:
        from .workbench import follow

        return follow(options.target, lambda: write_page(options), told)
    write_page(options)
    return 0


def write_page(options: argparse.Namespace) -> None:
    from .web import page

    subject, names = target(options.target, options.round)
    tell_remarks(subject)
    made = page(subject, options.level, names=names, round_number=options.round or 1, sample=options.sample)
    made.save(options.output)
    print(f"wrote {in_a_line(options.output)}")
    if options.open:
        import webbrowser
        from pathlib import Path

        options.open = False  # once is enough, however often it is written
        webbrowser.open(Path(options.output).resolve().as_uri())


def edit(options: argparse.Namespace) -> int:
    from .workbench import edit

    return edit(options.file, options.port, not options.no_open)


def audit(options: argparse.Namespace) -> int:
    from .auditing import audit
    from .auditing.source_lines import with_lines

    loss, names = script(options.target)
    report = audit(loss, arrays(options.given) if options.given else None, names=names)
    report = report if options.given else with_lines(report, options.target.rpartition(":")[0])
    print(as_text(report.json(), indent=2) if options.json else report)
    return int(not report.is_right)


def help(options: argparse.Namespace) -> int:  # noqa: A001 - the word that people type
    from .sheet.reference import page

    print(carried(page()))
    return 0


VERBS = {
    run: (
        "work a sheet: forward, backward, checks, updates",
        "demos/two_relus.sheet --digits 4",
        ("sheets", "digits", "round", "sample", "all", "json"),
    ),
    check: (
        "judge the published numbers of sheets; exit code 1 if one is wrong",
        "demos/*.sheet",
        ("sheets", "digits", "json", "strict", "csv", "key"),
    ),
    explain: (
        "write out derivatives, or the whole backward pass, as a worked solution",
        "demos/two_input_sigmoid.sheet dL/dw11 dL/dx1 --digits 4",
        ("target", "derivatives", "level", "round", "sample", "format", "paths", "digits"),
    ),
    draw: (
        "draw the computation graph of a sheet or a script's Value",
        "demos/two_relus.sheet -o net.svg --direction LR",
        (
            "target",
            "output",
            "draw_level",
            "round",
            "sample",
            "direction",
            "picture_digits",
            "theme",
            "legend",
            "fit",
            "blank",
        ),
    ),
    step: (
        "step through every value and every share of every gradient, forward and back",
        "demos/two_input_sigmoid.sheet --commands 'b ŷ; c; p z1; c'",
        ("target", "step_level", "round", "digits", "commands"),
    ),
    page: (
        "write a live page: step through it, edit its numbers, train it",
        "demos/two_input_sigmoid.sheet -o net.html",
        ("target", "html", "picture_level", "round", "sample", "open", "watch"),
    ),
    edit: (
        "write a sheet beside its live page, in the browser",
        "net.sheet --port 8000 --no-open",
        ("edited", "port", "no_open"),
    ),
    audit: (
        "judge a backward pass written by hand; exit code 1 if a gradient is wrong",
        "script.py:loss --given grads.npz",
        ("value", "given", "json"),
    ),
    help: (
        "the language of sheets on one page",
        "sheet",
        ("topic",),
    ),
}
