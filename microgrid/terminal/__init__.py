"""Tables and text for a terminal: what `run` and `check` print, and the screen of the debugger.

Read `report` first: a worked sheet as tables, or as JSON; then `piles`, many sheets with a line for each; then
`screen`, the equations and messages of a debugging session. Who prints takes these modules, and loads `rich` only then.
"""

__all__: list[str] = []
