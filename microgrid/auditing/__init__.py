"""Is this gradient right? What was recorded, beside differences of what was computed.

Read `differences` first: a slope by differences of doubles, and how far off it may be; `staircase` has that of what
is rounded inside. `replay` has a recorded graph at 60 digits or more, `trial` a function that runs again, `nesting`
its arguments, `links` what it left unrecorded; then `comparison`, the verdicts, and `gradcheck`, which hears one
witness after the other. No other wing builds on this one.

kink      where the slopes on the two sides differ   unclear  what cannot be told, and why
link      what a plain number made of a Value loses  rung     the difference quotient of one step
"""

from .gradcheck import gradcheck

__all__ = ["gradcheck"]
