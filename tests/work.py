"""How much work something is: counted, so that it is the same on every machine, however busy.

Where nothing can be counted, as in a regular expression, the process's own processor time has a bound, so
wide that only another order of growth goes beyond it.
"""

import sys
import time
from contextlib import contextmanager


def calls(done, *arguments):
    """How many calls of functions of Python and of C something takes."""
    count = 0

    def note(_, event, __):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        done(*arguments)
    finally:
        sys.setprofile(before)
    return count


def is_linear(done, small, large, slack=1.3):
    """Whether twice, or ten times, as much takes no more than twice, or ten times, the work, and some slack.

    done  a function of the size
    """
    done(2)  # what is done once, is done
    return calls(done, large) <= slack * large / small * calls(done, small)


@contextmanager
def seconds(most):
    """What is done inside takes no more than so many seconds of this process's own; others do not count."""
    start = time.process_time()
    yield
    took = time.process_time() - start
    assert took < most, f"{took:.1f} s"
