"""Is this gradient right? What was recorded, beside differences of what was computed.

Read `differences` first: a slope by differences of doubles, and how far off it may be; `staircase` has that of what
is rounded inside. `replay` has a recorded graph at 60 digits or more, `trial` a function that runs again, `nesting`
its arguments, `links` what it left unrecorded; then `comparison`, the verdicts, and `gradcheck`, which hears one
witness after the other.

A backward pass that somebody wrote by hand is judged by `auditor`: `holdings` are the arrays that variables hold,
`claims` the gradients that were given, `time_steps` what a loop has left of them, `flow` the chain rule with some of
them held fixed, `homes` where each node stands, `work` what each gradient follows from. What was done instead,
`causes` say, a row for each mistake, made by `array_slips`, `local_slips` and `path_slips` in the words of the judge;
`findings` are the verdicts, `source_lines` where a script makes each array, and `witness` has differences for a
function and its claimed gradient. No other wing builds on this one.

kink      where the slopes on the two sides differ   unclear  what cannot be told, and why
link      what a plain number made of a Value loses  rung     the difference quotient of one step
held      given, and followed from as it was given   carried  right but for a wrong one before it
"""

from .auditor import audit
from .gradcheck import gradcheck

__all__ = ["audit", "gradcheck"]
