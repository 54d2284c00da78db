"""The live page: one HTML file that holds a computation, steps through it and computes it anew.

Read `page` first, then `document`: which levels it offers and how it is written. `scene` is what one level shows,
`recipe` the graph as data for JavaScript, `derivations` what the page says of a chosen value. `assets` has the page's
own HTML, CSS and JavaScript.

scene   cards, wires, steps and sentences of one level      recipe   operations with their inputs, leaves with numbers
"""

from .page import page

__all__ = ["page"]
