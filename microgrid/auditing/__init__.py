"""Is this gradient right? Differences against what was recorded.

Read `differences` first: slopes by differences in any arithmetic; then `replay`, a recorded graph at 60 digits;
then `gradcheck`, which compares and says what does not fit.
"""

from .gradcheck import gradcheck

__all__ = ["gradcheck"]
