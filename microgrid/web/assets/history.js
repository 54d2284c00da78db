// Undo and redo: the numbers of the leaves before each edit. Edits of one number in a row are one.

import { change, listen, state } from "./state.js";
import { element } from "./svg.js";

const MOST_EDITS = 500;
let done = [], undone = [], last = null;

/** Do what changes the numbers, so that it can be undone; edits with the same key in a row are one. */
export function remembered(does, key = null) {
  const before = state.leaves.slice();
  does();
  if (key === null || key !== last || !done.length) done.push(before);
  if (done.length > MOST_EDITS) done.shift();
  undone = [];
  last = key;
  showButtons();
}

function swap(from, to) {
  const leaves = from.pop();
  if (!leaves) return;
  to.push(state.leaves.slice());
  last = null;
  change(leaves.map((x, place) => [place, x]));
  showButtons();
}

export const undo = () => swap(done, undone);
export const redo = () => swap(undone, done);

/** What has been done so far cannot be undone. */
export function forget() {
  [done, undone, last] = [[], [], null];
  showButtons();
}

function showButtons() {
  element("undo").disabled = !done.length;
  element("redo").disabled = !undone.length;
}

listen("position", () => (last = null));
element("undo").addEventListener("click", undo);
element("redo").addEventListener("click", redo);
