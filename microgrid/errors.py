"""Every error microgrid raises on purpose: fact, numbers, remedy.

Each is also the builtin error that it resembles:

    MicrogridError
    ├── FormulaError     (ValueError)            a formula that cannot be read or evaluated
    ├── SheetError       (ValueError)            a worked-example sheet with a mistake in it
    ├── NotRealError     (TypeError)             something that is not a real number where one belongs
    ├── RecordError      (TypeError)             a hand-recorded operation without its local derivatives
    ├── AttributeNameError (AttributeError)      a misspelt attribute
    ├── GraphError       (ValueError)            a question that the recorded graph cannot answer
    ├── GradientError    (ArithmeticError)       a recorded gradient that is not the derivative
    ├── NonFiniteError   (ArithmeticError)       an inf or nan, while `raise_nonfinite()` is on
    └── RenderError      (RuntimeError)          no Graphviz engine could draw the picture
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from numbers import Number
from typing import Any, NamedTuple

from microgrid.look_alikes import strange, twin_of
from microgrid.streams import carried

__all__ = [
    "AttributeNameError",
    "FormulaError",
    "GradientError",
    "GraphError",
    "MicrogridError",
    "Mistake",
    "NonFiniteError",
    "NotRealError",
    "RecordError",
    "RenderError",
    "SheetError",
    "brief",
    "counted",
    "did_you_mean",
    "file_named",
    "other_name",
    "type_named",
]

COMPARED = 100  # names that a word is compared with, letter by letter
HALF, LONGEST = 30, 1000  # characters of a word, at each of its ends, and of a message
WORD, PATH = 3 * HALF, 300  # characters of a word that is repeated whole, and of a file's name


class MicrogridError(Exception):
    """The root of them all."""

    def __str__(self) -> str:
        return carried(super().__str__())

    def __repr__(self) -> str:
        return carried(super().__repr__())


class FormulaError(MicrogridError, ValueError):
    """A formula that cannot be read or evaluated; `start` and `end` are its columns, from 0."""

    def __init__(self, message: str, start: int = 0, end: int | None = None) -> None:
        self.message = brief(message)
        super().__init__(f"column {start + 1}: {self.message}")
        self.start = start
        self.end = start + 1 if end is None else end

    def __reduce__(self) -> tuple[type, tuple[str, int, int]]:
        return type(self), (self.message, self.start, self.end)


class Mistake(NamedTuple):
    """What is wrong in a text, and where.

    line   from 1; 0 for the text as a whole         message  fact, numbers, remedy, without the place
    start  the first column, from 0                  end      the column behind the last; 0 for the whole line
    """

    line: int
    start: int
    end: int
    message: str


class SheetError(MicrogridError, ValueError):
    """A worked-example sheet with mistakes in it; `mistakes` says of each where it stands, for an editor."""

    def __init__(self, message: str, mistakes: Sequence[Mistake] = ()) -> None:
        super().__init__(message)
        self.mistakes = tuple(mistakes)


class NotRealError(MicrogridError, TypeError):
    """Something that is not a real number where one belongs."""


class RecordError(MicrogridError, TypeError):
    """A hand-recorded operation without its local derivatives."""


class AttributeNameError(MicrogridError, AttributeError):
    """A misspelt attribute."""


class GraphError(MicrogridError, ValueError):
    """A question that the recorded graph cannot answer."""


class GradientError(MicrogridError, ArithmeticError):
    """A recorded gradient that is not the derivative of what was computed."""


class NonFiniteError(MicrogridError, ArithmeticError):
    """An inf or nan, while `raise_nonfinite()` is on, or in `fit`; then `history` is what there was before it."""

    history: Any = None


class RenderError(MicrogridError, RuntimeError):
    """No Graphviz engine could draw the picture."""


def brief(message: str, word: int = WORD) -> str:
    """A message that quotes somebody, without the middle of what is too long to be read.

    word  how many characters of one word are not

    >>> brief("'" + "y" * 90_000 + "' is not defined")
    "'yyyyyyyyyyyyyyyyyyyyyyyyyyyyy…yyyyyyyyyyyyyyyyyyyyyyyyyyyyy' is not defined"
    """
    message = re.sub(rf"\S{{{word},}}", lambda found: f"{found[0][:HALF]}…{found[0][-HALF:]}", message)
    return message if len(message) <= LONGEST else f"{message[: LONGEST // 2]} … {message[-LONGEST // 2 :]}"


def file_named(path: str | os.PathLike[str]) -> str:
    """A file by its name, for a message: on one line, without signs that are commands or its middle if it is too long.

    >>> file_named("a\\nb.sheet"), file_named("x" * 5000)
    ('a\ufffdb.sheet', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')
    """
    return brief("".join(sign if sign.isprintable() else "\ufffd" for sign in os.fspath(path)), PATH)


def type_named(thing: Any) -> str:
    """The type of what stands where a Value belongs; of a plain number also how a Value becomes one.

    >>> type_named("0"), type_named(0)
    ('str', 'int; max(0, v) is the plain 0 where v is below, v.max(0) a Value')
    """
    hint = "; max(0, v) is the plain 0 where v is below, v.max(0) a Value" if isinstance(thing, Number) else ""
    return type(thing).__name__ + hint


def counted(count: int, what: str) -> str:
    """A number of things, in words.

    >>> counted(1, "sample"), counted(2, "box"), counted(1000, "target")
    ('1 sample', '2 boxes', '1,000 targets')
    """
    return f"{count:,} {what}" + ("" if count == 1 else "es" if what.endswith(("x", "ch")) else "s")


# What the field calls things besides, in small letters without signs, and what they are called here: the first that is
# known where the word stands. Of a name for something that is not here, '' says that nothing is like it.
ALSO_CALLED: Mapping[str, str] = {
    name: meant
    for names, meant in {
        "swish": "silu", "lrelu leakyrectifier prelu rrelu": "leaky_relu", "clip clipbyvalue": "clamp",
        "logistic expit sigm logsig": "sigmoid", "heaviside unitstep threshold": "step", "celu": "elu",
        "tansig hyperbolictangent": "tanh", "softrelu smoothrelu": "softplus", "rectifier rectifiedlinear rlu": "relu",
        "geluexact geluerf": "gelu",
        "gelutanh gelunew quickgelu hardswish hardsigmoid relu6 softsign glu swiglu geglu maxout": "",
        "id none noop": "linear identity", "identity": "linear", "linear": "identity",
        "l1 l1loss meanabsoluteerror absolute absoluteerror lad": "mae",
        "l2 l2loss mseloss meansquarederror squared quadratic leastsquares": "mse",
        "sse rss halfsquared": "squared_error",
        "huberloss": "huber", "smoothl1loss": "smooth_l1",
        "bceloss binarycrossentropy": "bce",
        "logloss logistic logisticloss bcewithlogitsloss": "bce_with_logits sigmoid",
        "sigmoidcrossentropy binarycrossentropywithlogits": "bce_with_logits",
        "ce xent crossentropyloss categoricalcrossentropy softmaxcrossentropy": "cross_entropy",
        "sparsecategoricalcrossentropy": "cross_entropy",
        "nllloss negativeloglikelihood": "nll", "hingeloss svm svmloss marginloss maxmargin": "hinge",
        "multilabelsoftmargin multilabelsoftmarginloss": "multilabel_bce",
        "kl kldiv kldivloss kullbackleibler cosine triplet contrastive focal dice poisson poissonnll ctc logcosh": "",
        "kaiming kaimingnormal kaiminguniform henormal heuniform msra": "he", "zero": "zeros",
        "glorot glorotnormal glorotuniform xaviernormal xavieruniform": "xavier", "random": "uniform",
        "lecun lecunnormal orthogonal truncatednormal identityinit ones normal gaussian": "",
        "gd gradientdescent descent vanilla steepestdescent momentum nesterov nag": "sgd", "rms rmsprop": "rmsprop",
        "nadam radam adamax amsgrad": "adam",
        "adadelta lion lamb lars lbfgs bfgs rprop ftrl muon adafactor shampoo": "",
    }.items()
    for name in names.split()
}  # fmt: skip


def other_name(word: str, known: Iterable[str]) -> str | None:
    """What a word of the field is called here, '' for what is not here; None where the word is none of the field.

    >>> other_name("Kaiming_Normal", ["he", "xavier"]), other_name("LeakyReLU", ["leaky_relu"]), other_name("z", ["x"])
    ('he', 'leaky_relu', None)
    """
    plain = "".join(filter(str.isalnum, word)).lower()
    found = [name for name in known if name.replace("_", "").lower() == plain]
    meant = [name for name in ALSO_CALLED.get(plain, "").split() if name in known]
    return next(iter([*found, *meant]), "" if ALSO_CALLED.get(plain) == "" else None)


def nearest(word: str, names: list[str]) -> list[str]:
    """Of many names those that have most letters and pairs of letters in common with a word: each is looked at once."""
    if len(names) <= COMPARED:
        return names
    marks = {*word, *pairwise(word)}
    shared = {name: len(marks.intersection({*name, *pairwise(name)})) - len(name) for name in names}
    return sorted(names, key=shared.__getitem__, reverse=True)[:COMPARED]


def did_you_mean(word: str, known: Iterable[str], of_field: bool = False) -> str:
    """The end of an error message: `; did you mean 'z2'?`, or nothing when nothing is close.

    A letter that only looks like another one is named with its code point, whatever is close.

    of_field  whether the names are those of the field; then what it calls a thing besides comes before the nearest
              spelling: l1 is mae, and no nll

    >>> did_you_mean("sigmod", ["sigmoid", "tanh"])
    "; did you mean 'sigmoid'?"
    >>> did_you_mean("zz", ["x1", "x2"])
    ''
    >>> did_you_mean("l1", ["mae", "nll"], of_field=True), did_you_mean("adadelta", ["adagrad"], of_field=True)
    ("; did you mean 'mae'?", '')
    >>> did_you_mean("t\u0430nh", ["tanh"])
    "; '\u0430' is U+0430, cyrillic small letter a; type the Latin a"
    """
    from difflib import get_close_matches

    names = list(known)
    if alike := strange(word)[1] or twin_of(word, {*names}):
        return f"; {alike}"
    names = nearest(word, names)
    meant = other_name(word, names) if of_field else None
    close = get_close_matches(word, names, n=1, cutoff=0.5) if meant is None else [meant] if meant else []
    return f"; did you mean {close[0]!r}?" if close else ""
