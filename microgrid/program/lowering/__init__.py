"""From a recorded graph to a plan.

record   the graph as flat lists          sums      which sums are rows of layers
groups   what runs together               layout    where its numbers live
wayback  how gradients come back          plan      all of that, in one piece
"""

__all__: list[str] = []
