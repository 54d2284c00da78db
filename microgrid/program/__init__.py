"""`Program`: a recorded scalar graph, compiled once, then run on whole batches as array calls."""

from .program import Program

__all__ = ["Program"]
