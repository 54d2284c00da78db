"""Tables and text for a terminal: what `run` and `check` print, and the screen of the debugger.

`report` has tables and JSON, `screen` the equations and messages of a debugging session.
"""

__all__: list[str] = []
