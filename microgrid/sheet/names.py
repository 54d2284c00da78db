"""The names of a sheet: what is defined so far, what only later, and what a word means."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NoReturn

from microgrid.errors import FormulaError, did_you_mean
from microgrid.formula import Formula, Vocabulary, free_names, substitute
from microgrid.formula.array_parser import parse_arrays
from microgrid.formula.budget import SUGGESTED
from microgrid.formula.definitions import ALIASES, FUNCTIONS, HINTS, Definition
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.regexes import regex
from microgrid.formula.signs import PRIME, Names, plain_name
from microgrid.formula.tokens import DEFINED, NAME, SPELLED, TRANSPOSED
from microgrid.look_alikes import foreign, look_alike

from .arrays.elements import Elements
from .arrays.expansion import expand, scalar
from .arrays.functions import FUNCTIONS as ARRAY_FUNCTIONS
from .arrays.one_sample import of_sample, over_samples, require_sample
from .arrays.ranges import constant, counted, unrolled
from .arrays.registry import Arrays, unsampled
from .arrays.shapes import described
from .demands import MANY_RESULTS, check_elements
from .left_sides import FAMILY, ROLE_OF, left_sides
from .lines import FollowingError, Line
from .other_rounds import CHANGE, NEXT, change, change_of, earlier_of, further_back, is_elsewhere, parts, with_hat
from .other_rounds import HINTS as OF_ROUNDS
from .remedies import instead_of_name, of_e, split_product, transposed_product

__all__ = [
    "CALLED", "GIVEN", "OF_ARRAYS", "RESERVED", "ROLE_OF", "WORDS", "SheetNames",
]  # fmt: skip

GIVEN = ("input", "target", "param")
WORDS = ("title", "source", *GIVEN, "loss", "update", "of")  # which no quantity can be called
LONGEST = 200  # characters of a name
RESERVED = frozenset(FUNCTIONS) - {"mean", "sign"}  # names that no quantity can have
OF_ARRAYS = {name: row.takes for name, row in ARRAY_FUNCTIONS.items() if name.isidentifier() and name not in FUNCTIONS}
QUOTIENT = regex(rf"d({SPELLED})/d({SPELLED})")
CALLED = regex(rf"(?<!\w)({NAME}){PRIME}*[ \t]*\(")
HEAD = regex(rf"^[ \t]*{NAME}[ \t]*\([^()]*\)[ \t]*=(?!=)")
OF_ELEMENT = regex(rf"((?<!\w)({NAME})\([^()\[\]]+)((?:\[[^\[\]]*\])+)(\s*\))")  # before(W[2]), m(W[2])
OF_MOMENT = regex(rf"(before\(\s*{NAME}\([^()\[\]]+\))((?:\[[^\[\]]*\])+)(\s*\))")  # before(m(W)[2])
MEANT = {
    **HINTS, **OF_ROUNDS, "transpose": "write Wᵀ", "dot": "write u·v of vectors, W @ x of a matrix",
    "matmul": "write W @ x",
}  # fmt: skip


class SheetNames:
    """What the words of a sheet mean, line by line.

    defined      the quantities so far, each with its line
    definitions  the functions so far
    broken       what a line with a mistake in it would have defined
    keywords     what leaves are given as
    moments      what the optimisers so far remember: m(w)
    called       what stands before a bracket somewhere in the sheet, but not where it is defined
    asked        numbers of the round before that some line names: before(w)
    in_rule      whether a rule is being read, in which `next t` means something
    has_equations whether something is computed so far
    arrays       vectors, matrices and families so far        counters  the numbers of the ranges that a line stands in
    sample       the sample that a line is about; 0 for none  line      the line that is read
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        self.defined: dict[str, int] = {}
        self.definitions: dict[str, Definition] = {}
        self.broken: set[str] = set()
        self.suggested = 0  # names for which a near one was sought
        self.everywhere: dict[str, Line] = {}
        self.called: set[str] = set()
        lines = list(lines)
        self.bases = {plain_name(word) for line in lines for word in FAMILY.findall(line.text)}
        for line in lines:
            self.called.update(CALLED.findall(HEAD.sub("", line.text, count=1)))
            for name in left_sides(line.text):
                self.everywhere.setdefault(name, line)
        self.spellings, self.moments = Names(self.everywhere), Names()
        self.functions = {**FUNCTIONS, **OF_ARRAYS}
        self.keywords: dict[str, str] = {}
        self.asked: dict[str, None] = {}
        self.in_rule = False
        self.has_equations = False
        self.arrays = Arrays()
        self.counters: dict[str, Formula] = {}
        self.sample = 0
        self.line = Line(0, "", ())

    # ── what a word means ──

    def find(self, word: str) -> str:
        """The quantity that a word means, wherever it is defined; '' for none."""
        return self.spellings.find(word) or self.arrays.find(word)

    def elsewhere(self, word: str) -> str:
        """What a word means that is no quantity of every round: m(w), before(w), Δw, next t; '' for nothing."""
        if word.startswith(NEXT):
            name = self.find("".join(word.removeprefix(NEXT).split())) if self.in_rule else ""
            return NEXT + name if name else ""
        if word[:1] == CHANGE:
            return change_of(word, self.find)
        is_free = not self.find("before") and "before" not in self.definitions
        return (is_free and earlier_of(word, self.named)) or self.remembered(word)

    def named(self, word: str) -> str:
        """What a word means in a round, m(w) too; the word itself where it means nothing yet."""
        return self.remembered(word) or self.find(word) or plain_name(word)

    def remembered(self, word: str) -> str:
        """What an optimiser remembers: m(w), m_hat(w); '' where the word means nothing of the kind."""
        return self.moment(with_hat(word)) if word.rstrip()[-1:] == ")" else ""

    def moment(self, word: str) -> str:
        """What an optimiser remembers, `m(w)`, or of each element of an array or family, `m(W)`; '' for nothing."""
        what, _, name = word.rstrip(")").partition("(")
        whole = self.find(name)
        if whole in self.arrays.known or whole in self.arrays.families:
            is_known = any(self.moments.find(f"{what}({each})") for each in self.arrays.numbers(whole))
            return f"{what}({whole})" if is_known else ""
        return self.moments.find(word)

    def needs_before(self, name: str) -> bool:
        """Whether a quantity is about the round before."""
        return is_elsewhere(name) or self.is_change(name)

    def is_change(self, name: str) -> bool:
        """Whether it is the Δw of a w, and no quantity of its own."""
        word = unsampled(name)[0]
        return name[0] == CHANGE and not self.find(word) and bool(self.elsewhere(word))

    def meaning(self, word: str) -> str:
        """What a word of a formula means; '' for nothing."""
        return self.find(word) or self.elsewhere(word)

    def known(self, word: str, line: Line, start: int, end: int) -> str:
        """The quantity that a word means, which is defined by now."""
        name = self.find(word) or plain_name(word)
        if name not in self.defined and name not in self.broken:
            self.refuse(name, line, start, end)
        return name

    def known_number(self, word: str, line: Line, start: int, end: int) -> str:
        """The quantity that a word means, which is a single number at each sample, as a loss is."""
        name = self.find(word)
        if name in self.arrays.known or not self.arrays.varies(name):
            name = self.known(word, line, start, end)
        array, family = self.arrays.known.get(name), self.arrays.families.get(name)
        if array:
            fact = f"{name} is {described(array.shape)}, and a loss is a number"
            raise FormulaError(f"{fact}: {array.elements[0]}, or one such as J = sum({name})", start, end)
        if family:
            last = next(reversed(family.values()))
            raise FormulaError(f"{name} is a family, and a loss is a number: name a member, such as {last}", start, end)
        return name

    def refuse(self, name: str, line: Line, start: int, end: int) -> NoReturn:
        """Raise FormulaError for a name that is not defined yet, with what might have been meant."""
        if remedy := further_back(line.text, start):
            raise FormulaError(remedy, start, end)
        if (quotient := QUOTIENT.match(line.text, start)) and not self.is_derivative(quotient[1], quotient[2]):
            i = 1 if plain_name(quotient[1]) not in self.defined else 2  # a derivative, were it not for that
            name, start, end = plain_name(quotient[i]), quotient.start(i), quotient.end(i)
        if name in self.definitions:
            self.refuse_function(name, start, end)
        later = self.everywhere.get(name)
        if later and later.number > line.number:
            circle = ", which needs this line: a circle" if is_circle(line, later) else "; move that line up"
            raise FormulaError(f"{name!r} is defined only on line {later.number}{circle}", start, end)
        turned = TRANSPOSED if line.text.startswith(TRANSPOSED, end) else ""
        product = transposed_product(name + turned, self.find) or split_product(name, self.find)
        factors = product.split("*")
        product = of_e(name) or (self.times(*factors).join(factors) if len(factors) == 2 else product)
        if product:
            raise FormulaError(f"{name!r} is not defined; a product is written {product}", start, end)
        self.suggested += 1
        hint = did_you_mean(name, self.defined) if self.suggested <= SUGGESTED else ""
        raise FormulaError(f"{name!r} is not defined yet{hint}", start, end)

    def refuse_function(self, name: str, start: int, end: int) -> NoReturn:
        """Raise FormulaError for a function where a quantity belongs."""
        call = f"{name}({', '.join(self.definitions[name].parameters)})"
        raise FormulaError(f"{name!r} is a function; write {call}, or define the quantity, {name} = ...", start, end)

    def is_derivative(self, of: str, by: str) -> bool:
        """Whether dA/dB is a derivative: A and B are quantities, and it is no quotient of two others."""
        quotient = f"d{of}" in self.defined and f"d{by}" in self.defined
        return not quotient and all(each in self.defined or each in self.broken for each in (of, by))

    # ── definitions ──

    def new(self, piece: str, start: int) -> str:
        """The name of a quantity that can be defined here."""
        word = piece.strip()
        name = plain_name(word)
        begin = start + len(piece) - len(piece.lstrip())
        end = begin + max(len(word), 1)
        if letter := look_alike(word):
            raise FormulaError(foreign(letter), begin + word.index(letter))
        if len(word) > LONGEST:
            fact = f"a name of {len(word):,} characters; the longest may have {LONGEST}"
            raise FormulaError(fact, begin, end)
        if not re.fullmatch(DEFINED, word) or name[0].isnumeric() or "#" in name:
            fact = f"{word!r} is no name; {instead_of_name(word)}" if name else "a name is missing here"
            raise FormulaError(fact, begin, end)
        if name in WORDS:
            raise FormulaError(f"{name!r} is a word of the sheet language; choose another name", begin, end)
        if name in RESERVED or name in CONSTANTS:
            kind = "function" if name in RESERVED else "constant"
            raise FormulaError(f"{name!r} is the name of a {kind}; choose another", begin, end)
        self.once(name, begin, end)
        return name

    def once(self, name: str, start: int, end: int) -> None:
        """Raise FormulaError for a name that is taken."""
        if name in self.defined:
            raise FormulaError(f"{name!r} is already defined on line {self.defined[name]}", start, end)
        if name in self.definitions:
            line = self.definitions[name].line
            raise FormulaError(f"{name!r} is already defined on line {line}, as a function", start, end)

    def define(self, name: str, number: int, keyword: str = "") -> None:
        """One more quantity; a leaf, where there is a keyword."""
        self.defined[name] = number
        if keyword:
            self.keywords[name] = keyword
        self.spellings.add(name)

    @property
    def coming_families(self) -> set[str]:
        """Families that only lines below begin."""
        return self.bases - self.defined.keys()

    @property
    def has_arrays(self) -> bool:
        """Whether something in the sheet so far is no single number."""
        return bool(self.arrays.known or self.arrays.families)

    def break_line(self, line: Line) -> None:
        """Take what a line with a mistake in it would have defined for known."""
        self.broken.update(left_sides(line.text))

    def define_elements(self, elements: Iterable[str], keyword: str = "") -> None:
        """Quantities that are found under the name of their array."""
        self.defined.update(dict.fromkeys(elements, self.line.number))
        if keyword:
            self.keywords.update(dict.fromkeys(elements, keyword))

    def base(self, word: str, start: int) -> str:
        """The name of a family that can be defined, or go on, here."""
        name = plain_name(word)
        if name not in self.arrays.families:
            return self.new(word, start)
        if name in self.arrays.used_whole:
            fact = f"{name} is taken for a vector above; move this line up"
            raise FormulaError(fact, start, start + len(word))
        return name

    def place(self, text: str, start: int) -> tuple[int, ...]:
        """The place of a member in its family: `l+1`, `2, 3`."""
        found: list[int] = []
        for piece in text.split(","):
            number = constant(self.raw(piece, start))
            if number is None or number < 0:
                fact = f"{piece.strip()} is no whole number that is known when the sheet is read"
                raise FormulaError(fact, start, start + len(piece))
            found.append(number)
            start += len(piece) + 1
        return tuple(found)

    def target(self, text: str, start: int, end: int) -> str:
        """The quantity, array or member of a family that is given other numbers here."""
        base, bracket, index = text.partition("[")
        if not bracket:
            name = self.known(text, self.line, start, end)
            if name not in self.defined:
                raise FollowingError(f"{name!r} is not defined yet", start, end)
            return name
        place = self.place(index.rstrip(" ]"), start + len(base) + 1)
        name = f"{self.find(base.strip())}[{','.join(map(str, place))}]"
        if name not in self.defined:
            self.refuse(name, self.line, start, end)
        return name

    def keyword(self, name: str) -> str:
        """What a quantity or an array is given as; '' for what is computed."""
        array = self.arrays.known.get(name)
        return array.keyword if array else self.keywords.get(name, "")

    def define_function(self, definition: Definition) -> None:
        """One more function."""
        self.definitions[definition.name] = definition
        self.functions[definition.name] = (len(definition.parameters),)

    # ── formulas ──

    def raw(self, text: str, start: int, besides: Iterable[str] = ()) -> Formula:
        """A formula that begins at a column of its line, over arrays: its ranges and samples are written out.

        besides  names that are known in it alone
        """
        text = OF_MOMENT.sub(r"\1\3\2", OF_ELEMENT.sub(self.of_element, text)) if self.has_arrays else text
        text = counted(text, self.counters) if self.counters else text
        formula = parse_arrays(" " * start + text, self.vocabulary(besides))
        for each in free_names(formula):
            name, _, attribute = each.name.partition(".")
            if attribute:
                remedy = f"a gradient in a sheet is written dL/d{name}" if attribute == "grad" else f"write {name}"
                raise FormulaError(f"{each.name!r} is Python; {remedy}", each.at, each.at + len(each.name))
        formula = substitute(formula, self.counters) if self.counters else formula
        formula = unrolled(formula) if "for" in text else formula
        formula = self.at_samples(formula) if "sample" in text else formula
        return of_sample(formula, self.sample, self.arrays) if self.sample else formula

    def at_samples(self, formula: Formula) -> Formula:
        """The formula with `z at sample 2` and `mean over samples of L` written out."""
        try:
            return over_samples(formula, self.arrays)
        except FormulaError as error:
            raise self.following(error) from None

    def following(self, error: FormulaError) -> FormulaError:
        """The mistake, or one that follows, where its line names what another with a mistake would have defined."""
        words = re.findall(SPELLED, self.line.text) if self.broken else ()
        is_known = {plain_name(each[cut:]) for each in words for cut in (0, each[0] in "d∂Δ")}.isdisjoint(self.broken)
        return error if is_known else FollowingError(error.message, error.start, error.end)

    def of_element(self, match: re.Match[str]) -> str:
        """What a round says of an element, as the element of what it says of the array: before(W)[2], m(W)[2]."""
        is_before = match[2] == "before" and not self.find("before")
        return match.expand(r"\1\4\3") if is_before or self.remembered(f"{match[1]})") else match[0]

    def vocabulary(self, besides: Iterable[str] = ()) -> Vocabulary:
        """What the words of a formula mean."""
        own = Names((*besides, *self.counters))

        def found(word: str) -> str:
            return own.find(word) or self.meaning(word)

        return Vocabulary(self.functions, self.is_derivative, found, ALIASES, MEANT, self.times)

    def times(self, left: str, right: str) -> str:
        """The sign between two factors: that of matrices where one of them is such."""
        words = (each.removesuffix(TRANSPOSED) for each in (left, right))
        found = [self.find(word) for word in words]
        return self.arrays.times(*found, is_turned=TRANSPOSED in left + right)

    def whole(self, formula: Formula, besides: Collection[str] = (), *, several: bool = False) -> Elements:
        """A formula over arrays, every array and function written out; `several` for one that may have results."""
        if self.arrays.samples:
            require_sample(formula, self.arrays)
        try:
            found = expand(formula, self.arrays, self.definitions)
        except FormulaError as error:
            self.check(formula, self.line, besides)  # what is not defined has no shape
            raise self.following(error) from None
        if not besides and (MANY_RESULTS in self.line.text or self.definitions):  # a function may be of vectors
            check_elements(found.formulas, several and not found.shape)
        if any(self.needs_before(each.name) for each in free_names(formula)):
            return found._replace(items=tuple(map(self.with_changes, found.formulas)))
        return found

    def formula(self, text: str, start: int, besides: Collection[str] = ()) -> Formula:
        """A formula of a number, written out. Raises FormulaError for one of an array."""
        formula = self.raw(text, start, besides)
        return scalar(formula, self.whole(formula, besides))

    def with_changes(self, formula: Formula) -> Formula:
        """The formula with Δw written out, and what it asks of the round before noted down."""
        free = [each for each in free_names(formula) if self.is_change(each.name)]
        changes = {each.name: change(each.name, each.at) for each in free}
        formula = substitute(formula, changes) if changes else formula
        self.ask(each.name for each in free_names(formula))
        return formula

    def ask(self, names: Iterable[str]) -> None:
        """Note down which numbers of the round before are asked for."""
        for name in names:
            if is_elsewhere(name) and not name.startswith(NEXT):
                self.asked[name] = None

    def check(self, formula: Formula, line: Line, besides: Collection[str] = ()) -> None:
        """Raise FormulaError for a name in a formula, or in a derivative, that is not defined."""
        for each in free_names(formula):
            about = [each.name[1:]] if self.is_change(each.name) else parts(each.name)
            for name in about:
                if name in CONSTANTS and self.needs_before(each.name) and name not in self.defined:
                    raise FormulaError(f"{name} is the same in every round", each.at, each.at + len(each.name))
                if name not in CONSTANTS and name not in besides and not self.moment(name):
                    self.known(name, line, each.at, each.at + len(name if len(about) > 1 else each.name))


def is_circle(line: Line, later: Line) -> bool:
    """Whether the later line needs this one, too."""
    mine, theirs = line.text.partition("=")[0], later.text.partition("=")[2]
    return bool(set(re.findall(NAME, mine)) & set(re.findall(NAME, theirs)))
