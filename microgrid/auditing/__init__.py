"""Is this gradient right? What was recorded, beside differences of what was computed.

Read `differences` first, slopes by differences in any arithmetic; then `replay`, a recorded graph at 60 digits or
more; then `gradcheck`, which compares, and gives each derivative a verdict. No other wing builds on this one.

kink      where the slopes on the two sides differ   unclear  differences are too coarse to tell
"""

from .gradcheck import gradcheck

__all__ = ["gradcheck"]
