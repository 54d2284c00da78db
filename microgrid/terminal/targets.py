"""What a word on the command line means: a sheet, the standard input, or a Value in a Python file."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from microgrid.errors import MicrogridError, brief, did_you_mean
from microgrid.streams import tell

if TYPE_CHECKING:  # what is meant is imported with it
    from pathlib import Path

    from microgrid.engine import Value
    from microgrid.sheet import Run, Sheet

__all__ = ["TargetError", "arrays", "existing", "script", "sheet", "target", "tell_remarks", "typed"]

MOST = 128 * 2**20  # bytes of arrays


class TargetError(MicrogridError, ValueError):
    """Something on the command line that is neither a sheet nor a script's Value."""


def sheet(name: str) -> Sheet:
    """The sheet of that name, or an error that says which names are near."""
    from microgrid.sheet import Sheet
    from microgrid.sheet.encoding import decoded

    if name == "-":
        return Sheet.parse(decoded(typed(), "<stdin>"), "<stdin>")
    if name.endswith(".py") or ".py:" in name:
        raise TargetError(f"{name} is a Python file; this command works on sheets")
    return Sheet.read(existing(name))


def typed() -> bytes:
    """What comes from the standard input. Raises TargetError where there is none, or it has no end."""
    from microgrid.files import LARGEST

    stream = getattr(sys.stdin, "buffer", None)
    if sys.stdin is None:
        raise TargetError("there is no input to read; name a file, or pipe a sheet in")
    content = stream.read(LARGEST + 1) if stream else sys.stdin.read().encode()
    if len(content) > LARGEST:
        raise TargetError(f"the input has more than {LARGEST:,} bytes, which is as much as is read; pipe less in")
    return bytes(content)


def existing(name: str) -> Path:
    """The file of that name. Raises TargetError where there is none."""
    from pathlib import Path

    path = Path(name)
    if path.is_dir():
        raise TargetError(f"{path} is a folder; name a file in it")
    if path.is_symlink() and not os.path.exists(path):  # noqa: PTH110 - it leads round in a circle, or nowhere
        raise TargetError(f"{path} is a link that leads to no file; name the file itself")
    if not path.exists():
        near = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        raise TargetError(f"there is no file {path}{did_you_mean(path.name, near)}")
    return path


def target(name: str, number: int | None = None) -> tuple[Run | Value, Mapping[str, Any]]:
    """What a TARGET means: a sheet's run that has such a round, or a script's Value with the names around it."""
    file, _, variable = name.rpartition(":")
    if number and (file or name).endswith(".py"):
        raise TargetError(f"only a sheet has rounds; --round {number} is for one")
    if file.endswith(".py"):
        names = executed(existing(file))
        return chosen(names, variable, file), names
    if name.endswith(".py"):
        values = values_among(executed(existing(name)))
        raise TargetError(
            f"which Value of {name}? It has {', '.join(values) or 'none'}; write {name}:{(values or ['name'])[-1]}"
        )
    run = sheet(name).run()
    run.only(number or 1)
    return run, {}


def script(name: str) -> tuple[Value, Mapping[str, Any]]:
    """A script's Value with the names around it. Raises TargetError for a sheet, whose gradients `check` judges."""
    if not (name.endswith(".py") or ".py:" in name):
        raise TargetError(f"{name} is no script.py:name; the gradients of a sheet are judged by check")
    return target(name)  # type: ignore[return-value]


def arrays(name: str) -> dict[str, Any]:
    """The arrays of a file that np.savez wrote; no other objects are loaded from it."""
    import numpy as np

    from microgrid.files import file_content

    path, remedy = existing(name), "write it with np.savez('grads.npz', dW=dW)"
    data = io.BytesIO(file_content(path, MOST))
    try:
        refuse_more(data, name)
        with np.load(data, allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except MicrogridError:
        raise
    except Exception as problem:  # whatever a file that is none makes of those who read it
        if "Object arrays" in str(problem):
            why, remedy = "it holds objects, not numbers", f"{remedy[:-1]}.data), the numbers of an array of Values"
        else:
            why = "it is no .npz file of arrays"
        raise TargetError(f"{name}: {why}; {remedy}") from None


def refuse_more(data: io.BytesIO, name: str) -> None:
    """Raise TargetError for a file that is small, and unpacked larger than anybody has gradients."""
    import zipfile

    with zipfile.ZipFile(data) as file:
        size, names = sum(each.file_size for each in file.infolist()), file.namelist()
    data.seek(0)
    if len(set(names)) < len(names):
        twice = next(each for place, each in enumerate(names) if each in names[:place]).removesuffix(".npy")
        raise TargetError(f"{name} has the array {brief(repr(twice))} twice; leave one of the two out")
    if size > MOST:
        raise TargetError(f"{name}: unpacked it has {size:,} bytes, and at most {MOST:,} are read; save fewer arrays")


def tell_remarks(subject: Run | Value) -> None:
    """What one should know of a sheet's loss before looking at its gradients."""
    from microgrid.sheet import Run

    for each in subject.sheet.remarks if isinstance(subject, Run) else ():
        tell(f"note: {each}")


def executed(path: Path) -> dict[str, Any]:
    """The global names of a Python file after it ran."""
    import runpy
    import traceback

    folder = str(path.parent.resolve())
    sys.path.insert(0, folder)
    try:
        return runpy.run_path(str(path), run_name=path.stem)
    except Exception as error:
        lines = [each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == str(path)]
        where = f"{path}:{lines[-1]}" if lines else str(path)
        raise TargetError(f"{where}: {type(error).__name__}: {error}") from None
    except SystemExit as error:
        raise TargetError(f"{path} ended itself with exit code {error.code}") from None
    finally:
        sys.path.remove(folder)


def values_among(names: Mapping[str, Any]) -> list[str]:
    """Those of the names that are Values, or a module that was traced into some."""
    from microgrid.engine import Value
    from microgrid.nn.torch_trace import Traced

    return [each for each, thing in names.items() if isinstance(thing, (Value, Traced))]


def chosen(names: Mapping[str, Any], variable: str, file: str) -> Value:
    values = values_among(names)
    if variable in values:
        return getattr(names[variable], "root", names[variable])  # type: ignore[no-any-return]
    listed = f"; Values there: {', '.join(values) or 'none'}"
    if variable in names:
        raise TargetError(f"{variable} in {file} is a {type(names[variable]).__name__}, no Value{listed}")
    raise TargetError(f"{file} has no {variable!r}{did_you_mean(variable, values) or listed}")
