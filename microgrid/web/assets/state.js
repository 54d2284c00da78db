// What the page is at this moment: the numbers of the leaves, the level, the position; and who wants to know of changes.
// Others read `state`, and change it by the functions below alone.

import { data, graph } from "./data.js";
import { everyRound } from "./rounds.js";
import { passed, seen } from "./levels.js";

export const BEGIN = graph.data.map((x) => (x === null ? NaN : Number(x)));

export const state = {
  leaves: BEGIN.slice(), rounds: [], level: data.levels[data.first], views: [], starts: [], position: 0,
  sample: data.sample - 1, selected: null, chosen: 0, touched: false, covered: false, reach: Infinity,
};

const listeners = {};
/** Call `does` whenever `what` is told: "numbers", "level", "position", "choice", "sample". */
export function listen(what, does) { (listeners[what] ??= []).push(does); }
export function tell(what, ...about) { for (const does of listeners[what] ?? []) does(...about); }

// ── numbers ──

/** Compute everything from the leaves. */
export function recompute() {
  state.rounds = everyRound(state.leaves);
  review();
}

/** What the rounds look like at this level. */
export function review() {
  const { level, rounds } = state;
  state.views = rounds.map((round) => seen(level, round));
  state.starts = [0];
  rounds.forEach((round, r) => state.starts.push(state.starts[r] + Number(r > 0) + level.computed.length + 1
    + level.children.length + round.updates.length));
  state.position = Math.min(state.position, total());
}

/** Other numbers for some leaves: pairs of a place and a number. */
export function change(pairs, isEdit = true) {
  for (const [place, x] of pairs) state.leaves[place] = x;
  state.touched = state.leaves.some((x, i) => !Object.is(x, BEGIN[i]));
  recompute();
  tell("numbers", isEdit);
}

/** Another level, at the position where the same has happened to the same value. */
export function turnTo(level) {
  if (level === state.level) return;
  const before = stepTo(state.position), place = before && state.level.nodes[before.node], share = state.position / total();
  state.level = level;
  state.selected = null;
  review();
  state.position = samePlace(before, place) ?? Math.round(share * total());
  tell("level");
  tell("position", state.position);
}

/** Where on the tape of this level the same thing has happened to the same value. */
function samePlace(before, place) {
  if (!before) return 0;
  for (let at = state.starts[before.r + 1]; at > state.starts[before.r]; at--) {
    const step = stepTo(at);
    if (step.kind === before.kind && state.level.nodes[step.node] === place) return at;
  }
  return null;
}

/** How far a walk can go: to the end, or to where a person is asked for what comes next. */
export const limit = () => Math.min(total(), state.reach);

/** Walk to a position of the tape. */
export function go(to) {
  const from = state.position;
  state.position = Math.max(0, Math.min(limit(), to));
  tell("position", from);
}

/** Choose a card, and of a vector or matrix one of its elements; the same again lets go of it. */
export function choose(card, element = 0) {
  const same = card === state.selected && element === state.chosen;
  state.selected = same ? null : card;
  state.chosen = element;
  tell("choice");
}

// ── the tape ──

export const total = () => state.starts[state.starts.length - 1];
export const roundOf = (step) => Math.max(0, state.starts.findIndex((start) => start > step) - 1);

/**
 * One step of the tape; `node` and `child` are places in the level.
 * @typedef {{kind: string, r: number, says: string, node?: number, child?: number, slot?: number, name?: string,
 *   numbers?: Record<string, number>}} Step
 */

/**
 * The step that ends at a position; null at the start.
 * @returns {Step | null}
 */
export function stepTo(at) {
  if (at === 0) return null;
  const { rounds, views, level, starts } = state;
  const r = roundOf(at - 1), round = rounds[r], view = views[r];
  let k = at - 1 - starts[r];
  if (r > 0 && k-- === 0) return { kind: "round", r, says: level.says.next[r] };
  if (k < level.computed.length) return { kind: "forward", r, node: level.computed[k], says: level.says.forward[k] };
  k -= level.computed.length;
  if (k === 0) return { kind: "seed", r, node: level.nodes.length - 1, says: level.says.seed };
  k -= 1;
  if (k >= level.children.length) {
    const update = round.updates[k - level.children.length];
    return { kind: "update", r, node: level.nodes.indexOf(update.place), says: level.says.updates[level.says.rules[r]][k - level.children.length],
      name: update.name, numbers: { r: update.rate, g: update.gradient, b: update.before, a: update.after, ...update.numbers } };
  }
  return { r, ...backwardStep(level, view, k) };
}

function backwardStep(level, view, k) {
  const child = level.children[k], slot = level.slots[k], before = view.before[k], says = level.says.backward[k];
  if (slot < 0) return { kind: "complete", node: child, says, numbers: { g: before } };
  const p = view.slopes[child][slot] ?? 0, u = view.grad[child] ?? 0, c = passed(view, child, slot);
  return { kind: "backward", node: level.parents[child][slot], child, slot, says, numbers: { p, u, c, b: before, a: before + c } };
}

/** Every number as it stands at a position. */
export function stateAt(at) {
  const { level, starts } = state;
  const r = roundOf(at - 1), round = state.rounds[r], view = state.views[r], nodes = level.nodes;
  const known = nodes.map((_, i) => !level.isComputed.has(i)), grad = nodes.map(() => 0), shares = nodes.map(() => 0);
  const values = nodes.map((place) => round.values[place]);
  let k = at - starts[r] - Number(r > 0);
  level.computed.slice(0, Math.max(0, k)).forEach((i) => (known[i] = true));
  k -= level.computed.length + 1;
  if (k >= 0) { grad[nodes.length - 1] = 1; shares[nodes.length - 1] = 1; }
  const turns = Math.max(0, Math.min(k, level.children.length));
  paid(level, view, turns, grad, shares);
  round.updates.slice(0, Math.max(0, k - level.children.length)).forEach((update) => {
    const i = nodes.indexOf(update.place);
    if (i >= 0) values[i] = update.after;
  });
  const complete = shares.map((count, i) => count > 0 && count === level.uses[i] + (i === nodes.length - 1));
  return { r, known, values, grad, shares, complete, turns, over: k >= level.children.length };
}

/** What the first turns of the way back have added to each gradient, and how many shares. */
function paid(level, view, turns, grad, shares) {
  for (let e = 0; e < turns; e++) {
    const child = level.children[e], slot = level.slots[e];
    if (slot < 0) continue;
    const parent = level.parents[child][slot];
    grad[parent] += passed(view, child, slot);
    shares[parent] += 1;
  }
}
