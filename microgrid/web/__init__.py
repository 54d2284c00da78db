"""The live page: one HTML file that holds a computation, steps through it and computes it anew.

Read `page` first, then `document`: how it is written; `levels`: which it offers. `scene` is what one level shows,
`recipe` the graph as data for JavaScript, `transitions` how its rounds go on, `derivations` what the page says of a
chosen value, with blanks for its numbers. `assets` has the page's own HTML, CSS and JavaScript: `tape.js` computes
and walks, `picture.js` shows a state, `grids.js` that of vectors and matrices, `player.js`, `training.js` and
`quiz.js` do what is clicked. Other wings call `page`.

scene     what one level shows, without numbers      recipe   operations and their inputs, and the leaves' numbers
"""

from .page import page

__all__ = ["page"]
