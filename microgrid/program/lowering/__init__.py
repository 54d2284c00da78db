"""From a recorded graph to a plan: six stages, a module each; every stage reads what those before it have found.

record   the graph as flat lists          sums      which sums are rows of layers
groups   what runs together               layout    where its numbers live
wayback  how gradients come back          plan      all of that, in one piece

Read them in this order, beside the face of `program`, which takes one graph through them. `passes`, `array_code` and
`exports` take a `Plan` and its parts.

node     a number from 0, after its parents      batched   with a number for each sample; else free
group    nodes that run as one call              rows      where numbers stand: in V, F, D or E
"""

__all__: list[str] = []
