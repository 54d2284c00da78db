"""The live page: one HTML file that holds a computation, steps through it and computes it anew.

Read `page` first, then `document`: how it is written; `levels`: which it offers. `scene` is what one level shows,
`places` where its cards and wires lie, `recipe` the graph as data for JavaScript, `transitions` how its rounds go on,
`derivations` what the page says of a chosen value, with blanks for its numbers, `published` what its source printed.
`scripts` puts the page's modules together, `packing` what they read; they are in `assets`: `state.js` is what the
page is at a moment, `rounds.js` computes, `levels.js` and `stops.js` walk, `cards.js` and `paint.js` draw, `stage.js`
puts them in their places, `camera.js` looks at them, and a module each does what is clicked: `transport.js`,
`leaves.js`, `learning.js`, `chosen.js`, and so on. `tutor.js` asks, `lesson.js` knows what comes next, `choices` what
there is to choose from. `widget` is the page in a notebook. Other wings call `page`.

Two kinds of levels are drawn another way. `networks` says which values of a graph are a network: `network.js` draws
its discs, `edges.js` what joins them, `inside.js` an open neuron, `blocks.js` its layers as heat maps, `lens.js` what
one looks at. `modelled` is a model with its samples: `plan.js` computes it as plain loops, `worker.js` trains it,
`epochs.js` shows how it went, `plane.js` what it answers. `folds` is the tree over a large graph: `unfold.js` makes a
level of what is open of it, `folds.js` draws that. `apart.js` is their door to the rest.
"""

from .page import page

__all__ = ["page"]
