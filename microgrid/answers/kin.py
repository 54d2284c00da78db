"""Names that are taken for each other: w12 and w21, x1 and x2, wx and wh, bf and bi, h1 and z1, ŷ and y."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import combinations, islice

from microgrid.formula import Call, Name
from microgrid.formula.regexes import regex
from microgrid.sheet.statements import quantity_of

from .follow_through import Pages

__all__ = ["Kin", "kin_of"]

FEW = 4  # of a kind: each is easily taken for another
MOST = 16  # of a larger kind that are tried
LETTERS, DIGITS = 12, 8  # of a name that is more than a word: one of more has no index that is taken for another
DIGIT = regex("[0-9]")
ANY = "·"  # a letter, in a shape


@lru_cache(maxsize=4)
def kin_of(pages: Pages) -> Kin:
    """Which names of a sheet are alike."""
    return Kin(pages)


class Kin:
    """Which names of a sheet are alike: of one shape, `w##`, and one role, or otherwise easily confused.

    A letter is an index, too, where it stands beside another one: wx and wh are of the shape `w·`, wf and uf of `·f`.
    """

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.roles = {leaf.name: leaf.keyword for leaf in pages.sheet.leaves}
        self.families: dict[tuple[str, str], list[str]] = {}
        self.letters: dict[str, list[str]] = {}
        self._activated: dict[str, list[str]] = {}
        self.kinds = {name: self.kind(name) for name in pages.sheet.quantities}
        for name, kind in self.kinds.items():
            self.families.setdefault(kind, []).append(name)
            for shape in lettered(name):
                self.families.setdefault((shape, kind[1]), []).append(name)
            self.letters.setdefault(unaccented(name), []).append(name)

    def kind(self, name: str) -> tuple[str, str]:
        """The shape of a name, and its role."""
        return DIGIT.sub("#", name), self.roles.get(name, "computed")

    def alike(self, name: str, beside: Collection[str], near: bool) -> list[str]:
        """The names that may stand where a name belongs, the likeliest first.

        name    a quantity; or a derivative, ∂L/∂z1, whose kin are the derivatives by the kin of z1
        beside  the names in the same formula
        near    whether those that are easily taken for it are asked for, or the others
        """
        quantity = quantity_of(Name(name))
        if not quantity.by:
            activated = self.activated(name)
            found = [*self.near(name, beside), *activated] if near else self.far(name, beside, activated)
            return [each for each in dict.fromkeys(found) if each != name]
        by = [each.by for each in map(quantity_of, map(Name, beside)) if each.by and each.of == quantity.of]
        found = self.near(quantity.by, by) if near else [*self.activated(quantity.by), *self.far(quantity.by, by)]
        sources = self.pages.sources(quantity.of) - {quantity.of, quantity.by}
        pairs = [(quantity.of, each) for each in dict.fromkeys(found) if each in sources]
        if near:
            pairs += [(of, by) for of in self.near(quantity.of, ()) for by in found if by in self.pages.names_in(of)]
        return [f"∂{of}/∂{by}" for of, by in dict.fromkeys(pairs) if (of, by) != (quantity.of, quantity.by)]

    def near(self, name: str, beside: Collection[str]) -> list[str]:
        """Names of a kind that has few, or of the same formula, or of the next index; y for ŷ; b for w beside it."""
        kind, families = self.kind(name), self.relatives(name)
        few = [each for family in families if len(family) <= FEW for each in family]
        related = {each for family in families for each in family}
        near = [each for each in next_to(name) if self.kinds.get(each) == kind]
        near = [*near, *(each for each in beside if each in related)][:MOST]
        letters = [] if DIGIT.search(name) else [each for each in beside if self.is_letter(each, kind[1])]
        return [*few, *near, *self.letters.get(unaccented(name), []), *letters]

    def far(self, name: str, beside: Collection[str], but: Collection[str] = ()) -> list[str]:
        """The other names of its kind."""
        near = {*self.near(name, beside), *but}
        related = dict.fromkeys(each for family in self.relatives(name) for each in family)
        return list(islice((each for each in related if each not in near), MOST))

    def relatives(self, name: str) -> list[list[str]]:
        """The names of its shape and role, and those that differ from it in one letter."""
        shape, role = self.kind(name)
        return [self.families.get((each, role), []) for each in (shape, *lettered(name))]

    def is_letter(self, name: str, role: str) -> bool:
        """Whether a name has that role, and no index."""
        return name in self.kinds and self.kinds[name][1] == role and not DIGIT.search(name)

    def activated(self, name: str) -> list[str]:
        """z for a, and a for z."""
        if name not in self._activated:
            self._activated[name] = list(self.gone_through(name))
        return self._activated[name]

    def gone_through(self, name: str) -> Iterator[str]:
        match self.pages.formulas.get(name):
            case Call(_, (Name(inside),)):
                yield inside
        for each in self.pages.uses.get(name, ()):
            formula = self.pages.formulas[each]
            if isinstance(formula, Call) and formula.arguments == (Name(name),):
                yield each


def lettered(name: str) -> Iterator[str]:
    """The shapes of a name, one of whose letters is an index: `w·` and `·x` of wx; none of w, w1 or a long word."""
    letters = [i for i, letter in enumerate(name) if letter.isalpha()]
    for i in letters if 1 < len(letters) <= LETTERS else ():
        yield f"{name[:i]}{ANY}{name[i + 1 :]}"


def unaccented(name: str) -> str:
    """y, of ŷ."""
    return "".join(each for each in unicodedata.normalize("NFD", name) if not unicodedata.combining(each))


def next_to(name: str) -> Iterator[str]:
    """Names of one shape with two indices exchanged, or one of them one more or less: w21, w11, w13 for w12."""
    digits = [match.start() for match in islice(DIGIT.finditer(name), DIGITS)]
    for i, j in combinations(digits, 2):
        yield name[:i] + name[j] + name[i + 1 : j] + name[i] + name[j + 1 :]
    for i in digits:
        for digit in (int(name[i]) - 1, int(name[i]) + 1):
            yield f"{name[:i]}{digit}{name[i + 1 :]}"
