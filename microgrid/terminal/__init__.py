"""Tables and text for a terminal: what `run` and `check` print, and the screen of the debugger.

Read `options` and `targets` first, what a word on the command line means. Then `report`: a worked sheet as tables, or
as JSON, of many rounds those that `rounds_shown` says, `tables`, rows below each other, `widths`, what fits, and
`printing`, where they go: to a terminal or into a pipe; `printed_arrays`, the numbers of a matrix in a grid; `piles`,
many sheets with a line for each; `screen`, the equations and messages of a debugging session. Who prints takes these
modules, and loads `rich` only for a terminal, or for what has to be folded. `array_report` has the tables of a sheet
with vectors and matrices, `inserted` formulas with numbers in place of names.
"""

__all__: list[str] = []
