"""What becomes of a file when its writing is broken off, for every kind of file that the package writes.

    python tests/whole_files.py net.svg net.json    prints for each, as JSON, at how many moments it was broken off
                                                    and every time that neither the old file nor the new one stood there

Each attempt is a process of its own, forked when all that is not writing has been done.
"""

from __future__ import annotations

import io
import json
import os
import resource
import shutil
import signal
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from microgrid.errors import MicrogridError

OLD = b"what stood there before, and is worth something\n" * 100
CALLS = {
    *"open write writelines flush fsync close replace rename chmod chown unlink remove truncate __exit__ mkdir".split()
}
NOBODY = 65_534


# ── the writers ──


def loss():
    from microgrid import Value

    w, x = Value(0.5, label="w", role="parameter"), Value(2.0, label="x")
    found = (w * x).tanh() ** 2
    found.backward()
    return found, w, x


def picture(suffix):
    from microgrid import draw

    figure = draw(loss()[0])
    if suffix != "dot":
        image = figure.pipe(suffix)
        figure.pipe = lambda *_, **__: image  # an engine draws once: what is tried is the writing
    return figure


def rendered():
    return picture("svg").render


def page():
    from microgrid import page

    made = page(loss()[0])
    assert made.html
    return made.save


def network():
    from microgrid import nn

    return nn.MLP(3, [4, 1], seed=1).save


def table():
    from microgrid.answers import check
    from microgrid.sheet import Sheet
    from microgrid.terminal.piles import Marked, write_csv

    run = Sheet.parse("param w = 2\nL = w^2\nL ~= 4\n").run()
    pile = [Marked(f"{i}.sheet", check(run)) for i in range(200)]
    return lambda path: write_csv(path, pile)


def sheet():
    from microgrid.workbench.sheet_file import SheetFile, digest_of

    text = "param w = 2\n" * 500
    return lambda path: SheetFile(path).save(text, digest_of(OLD) if Path(path).exists() else "")


def model():
    from microgrid import Program

    root, w, x = loss()
    return Program(root, [x], [w]).to_onnx


def planted():
    """A writer that is not safe: whoever looks has to notice it."""
    return lambda path: Path(path).write_bytes(b"half of it is nothing\n" * 500)


WRITERS = {
    "net.svg": lambda: picture("svg").save,
    "net.png": lambda: picture("png").save,
    "net.dot": lambda: picture("dot").save,
    "net.gv": rendered,
    "net.html": page,
    "net.json": network,
    "marks.csv": table,
    "net.sheet": sheet,
    "net.onnx": model,
    "planted": planted,
}


# ── one attempt ──


def forked(attempt: Callable[[], None]) -> int:
    """The status of a process in which it is attempted: 0, 1 for an error, 130 for Ctrl-C, less for a signal."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 3
    try:
        attempt()
        status = 0
    except (OSError, MicrogridError):
        status = 1
    except KeyboardInterrupt:
        status = 130
    finally:
        os._exit(status)


def struck(write: Callable[[], Any], moment: int, strike: Callable[[], None]) -> Any:
    """Write, and be struck at a moment: before or after a call that has to do with files."""
    count = 0

    def watch(frame, event, called):
        nonlocal count
        if event in ("c_call", "c_return") and is_of_files(called):
            count += 1
            if count == moment:
                strike()

    sys.setprofile(watch)
    try:
        return write()
    finally:
        sys.setprofile(None)


def is_of_files(called: Any) -> bool:
    """Whether it is a call of the system or of an open file: a text has a `replace`, too."""
    return called.__name__ in CALLS and isinstance(getattr(called, "__self__", None), (ModuleType, io.IOBase))


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def interrupted() -> None:
    raise KeyboardInterrupt


# ── what is tried ──


class Trials:
    """Everything that may come between a writer and its file.

    write  takes a path          problems  what was found, in words          moments  how often it was struck
    """

    def __init__(self, name: str) -> None:
        self.write, self.name = WRITERS[name](), name
        self.problems: list[str] = []
        self.moments = 0
        self.folder = Path(tempfile.mkdtemp())
        self.folder.chmod(0o755)
        self.path = self.folder / name
        self.write(self.path)
        self.new = self.path.read_bytes()
        self.others = {each.name for each in self.folder.iterdir()} - {name}  # a rendered picture is two files
        assert self.new != OLD and len(self.new) > 40

    def all(self) -> None:
        for before in (OLD, None):
            for strike in (killed, interrupted):
                self.strikes(before, strike)
        for each in (self.full, self.cut, self.linked, self.barred, self.no_folder, self.in_a_pipe, self.of_another):
            self.clear(OLD)
            each()

    def clear(self, before: bytes | None) -> None:
        for each in self.folder.iterdir():
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            else:
                each.unlink()
        if before is not None:
            self.path.write_bytes(before)

    def check(self, what: str, allowed: tuple[bytes | None, ...], leaves: int = 0) -> None:
        """The file is one of those allowed, and no more than so many others lie beside it."""
        found = self.path.read_bytes() if self.path.exists() else None
        if found not in allowed:
            self.problems.append(f"{what}: {'nothing' if found is None else f'{len(found)} bytes'} stand there")
        beside = [each.name for each in self.folder.iterdir() if each.name not in {self.name, *self.others}]
        if len(beside) > leaves:
            self.problems.append(f"{what}: {beside} lie beside it")

    def comes_to(self, what: str, status: int, wanted: int) -> None:
        if status != wanted:
            self.problems.append(f"{what}: status {status}, not {wanted}")

    def strikes(self, before: bytes | None, strike: Callable[[], None]) -> None:
        moment, status = 0, 1
        while status:
            moment += 1
            self.clear(before)
            status = forked(partial(struck, partial(self.write, self.path), moment, strike))
            self.check(f"{strike.__name__} at {moment}", (before, self.new), leaves=strike is killed)
            assert moment < 500
        self.check("not struck", (self.new,))
        self.moments += moment - 1

    def full(self) -> None:
        """The disk is full before all of it is written."""

        def attempt():
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(self.new) // 2,) * 2)
            self.write(self.path)

        self.comes_to("a full disk", forked(attempt), 1)
        self.check("a full disk", (OLD,))

    def cut(self) -> None:
        """A kill in the middle of one write of the system."""

        def attempt():
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(self.new) // 2,) * 2)
            self.write(self.path)

        self.comes_to("cut in two", forked(attempt), -signal.SIGXFSZ)
        self.check("cut in two", (OLD,), leaves=1)

    def linked(self) -> None:
        """A link stays one, and the file that it leads to keeps its mode and its owner."""
        place = self.folder / "place"
        self.path.rename(place)
        self.path.symlink_to("place")
        place.chmod(0o640)
        if os.geteuid() == 0:
            os.chown(place, NOBODY, NOBODY)
        before = place.stat()
        self.comes_to("a link", forked(lambda: self.write(self.path)), 0)
        self.check("a link", (self.new,), leaves=1)
        now = place.stat()
        if not self.path.is_symlink() or (now.st_mode, now.st_uid) != (before.st_mode, before.st_uid):
            self.problems.append(f"a link: {oct(now.st_mode)}, {now.st_uid} where {oct(before.st_mode)} was")

    def barred(self) -> None:
        """A file that nobody may write, a folder, and a file in a folder that this user may not write."""
        self.path.chmod(0o444)
        self.comes_to("read-only", forked(lambda: self.write(self.path)), 1)
        self.check("read-only", (OLD,))
        self.clear(None)
        self.path.mkdir()
        self.comes_to("a folder", forked(lambda: self.write(self.path)), 1)
        self.clear(OLD)
        self.path.chmod(0o666)
        self.folder.chmod(0o555)

        def attempt():
            if os.geteuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            self.write(self.path)

        self.comes_to("a folder that is read-only", forked(attempt), 1)
        self.folder.chmod(0o755)
        self.check("a folder that is read-only", (OLD,))

    def no_folder(self) -> None:
        """Pictures make a missing folder; of the others nothing is left."""
        inside = self.folder / "nowhere" / self.name
        status = forked(lambda: self.write(inside))
        made = inside.exists()
        if (status == 0) != made or (made and inside.read_bytes() != self.new):
            self.problems.append(f"no folder: status {status}, {'a' if made else 'no'} file")
        for each in (*inside.parent.glob("*"),):
            each.unlink()
        self.check("no folder", (OLD,), leaves=1)

    def in_a_pipe(self) -> None:
        """A pipe is written to, and stays one."""
        if self.name == "net.sheet":  # a workbench edits files alone
            return
        self.clear(None)
        os.mkfifo(self.path)
        read: list[bytes] = []
        reader = threading.Thread(target=lambda: read.append(self.path.read_bytes()), daemon=True)
        reader.start()
        self.comes_to("a pipe", forked(lambda: self.write(self.path)), 0)
        reader.join(5)
        if read != [self.new] or not stat.S_ISFIFO(self.path.stat().st_mode):
            self.problems.append("a pipe: something else was read from it, or it is none any more")
        with suppress(OSError):
            self.path.unlink()

    def of_another(self) -> None:
        """Names as long as a file system allows, and those that a person has beside it, stay."""
        mine = self.folder / ".mine.tmp"
        mine.write_bytes(b"mine")
        suffix = self.path.suffix
        longest = self.folder / ("n" * (255 - len(suffix)) + suffix)
        if self.name != "net.gv":  # the picture beside it has a longer name
            self.comes_to("a long name", forked(lambda: self.write(longest)), 0)
            longest.unlink(missing_ok=True)
        if mine.read_bytes() != b"mine":
            self.problems.append("what lay beside it was written over")


def found(names: list[str]) -> Iterator[tuple[str, dict[str, object]]]:
    for name in names:
        trials = Trials(name)
        trials.all()
        shutil.rmtree(trials.folder)
        yield name, {"moments": trials.moments, "problems": trials.problems}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(dict(found(sys.argv[1:]))))
