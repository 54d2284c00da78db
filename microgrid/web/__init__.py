"""The live page: one HTML file that holds a computation, steps through it and computes it anew.

Read `page` first, then `document`: how it is written; `levels`: which it offers. `scene` is what one level shows,
`places` where its cards and wires lie, `recipe` the graph as data for JavaScript, `transitions` how its rounds go on,
`derivations` what the page says of a chosen value, with blanks for its numbers. `scripts` puts the page's modules
together, which are in `assets`: `state.js` is what the page is at a moment, `rounds.js` computes, `levels.js` and
`stops.js` walk, `cards.js` and `paint.js` draw, `stage.js` puts them in their places, `camera.js` looks at them, and a
module each does what is clicked: `transport.js`, `leaves.js`, `learning.js`, `chosen.js`, and so on. `widget` is the
page in a notebook. Other wings call `page`.
"""

from .page import page

__all__ = ["page"]
