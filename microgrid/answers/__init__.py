"""The judge: which published numbers are right, where the arithmetic first went wrong, what follows from that.

Read `printed` first, what a print says of its last digit; then `items`, `equations` (`reach`, all that one depends on)
and `follow_through`, what each number follows from, and `closed_forms`, the gradients that people know by heart
(`written_slopes`, those that they write out, in the order of reading; `second_slopes`, those of gradients;
`published_forms`, those that a sheet states itself); then `verdicts`, which decides and gives each an `answer`. It asks

    `lone_numbers` what the true value alone says of a print
    `precision`   how an author rounds; `handwork`, where that leads; `machine`, how far a program's rounding goes;
                  `sway`, how far few digits may, where no step is worked by hand
    `readings`    as what the numbers before it may be read
    `undefined`   which operation made the first inf or nan
    `hints`       what was done instead: it makes the mistakes of a catalogue, `edits`, by `changes` to the `lines` of
                  the work and to their `parts`, to `paths`, to `averages` over samples, to names (`substitutes`, by
                  `kin`), to slopes (`wrong_slopes`), to steps of `optimisers`, to `digits`
    `identities`  whether a formula holds: at `trial_points`, under the `conditions` of the sheet, its `gates` as open
                  as they are, off its `kinks`, `shaking` the last bits; by a `proof` over `products` of `kernels`,
                  which numbers, `sampled`, refuse first, with the `domains` of its functions; or not, at a
                  `counterexample` that shows its `grounds`; one about two rounds by the `steps_between` them; the
                  sheet is worked at `trial_rounds`; what doubles do not tell apart is at `finer_points`, between the
                  bounds of `enclosures`. Proofs differentiate by `kernel_slopes`, `kernel_values` are
                  what they come to; of `literals` every digit is kept
    `grids`       what a printed array is as a whole, by the `patterns` of its mistakes; `array_formulas` whether a
                  formula of an array holds for every element

`key` fills the blanks of a sheet. Other wings ask `check`; a page takes along what `quiz` has worked out for it.

slip      a number that is wrong by itself           carried  a number that follows from a wrong one before it
"""

from .answer import VERDICTS, Answer
from .lone_numbers import judge
from .verdicts import Judge, check

__all__ = ["VERDICTS", "Answer", "Judge", "check", "judge"]
