"""What an export takes of a program: its plan, and the intake that knows what it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from microgrid.program.intake import Intake
from microgrid.program.lowering.plan import Plan
from microgrid.program.lowering.record import Record

if TYPE_CHECKING:
    from numpy import dtype

__all__ = ["Lowered"]


class Lowered(Protocol):
    """A program, as far as an export has to know it.

    finite  whether an inf or nan in a value or gradient raises
    dtype   of its numbers
    """

    record: Record
    intake: Intake
    finite: bool
    dtype: dtype[Any]

    @property
    def plan(self) -> Plan:
        """What runs, in which order, there and back."""
