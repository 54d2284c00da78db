// Where the walk along the tape stops: after each share of a gradient, each value, or each layer.
// That a gradient is complete is no step of its own: the share that completes it says so.

import { state, stepTo, total } from "./state.js";

export const GRAINS = { share: "every share", value: "every value", layer: "every layer" };
export const walk = { grain: "share" };

const familyOf = (node) => state.level.names[node].replace(/\[[0-9,]+\]/, "");

/** What a stop is about, by its last step: one behind the other about the same are one stop. */
const ABOUT = {
  share: (step, at) => at,
  value: (step, at) => (step.kind === "forward" ? at : step.kind === "backward" ? familyOf(step.child) : step.kind),
  layer: (step) => (step.kind === "forward" ? state.level.depths[step.node] : step.kind === "backward" ? state.level.depths[step.child] : step.kind),
};

const MOST_TOLD = 200; // steps of a stop of a folded graph that are told apart
let known = { level: null, count: 0, grain: "", stops: [] };

/** Other stops: what they follow from has changed. */
export const forgetStops = () => (known = { level: null, count: 0, grain: "", stops: [] });

/** The positions at which a walk stops, from 0 to the end. */
export function stops() {
  const count = total();
  if (known.level === state.level && known.count === count && known.grain === walk.grain) return known.stops;
  if (state.level.stopsOf) {
    known = { level: state.level, count, grain: walk.grain, stops: state.level.stopsOf(state.starts) };
    return known.stops;
  }
  const found = [0], ends = everyEnd(count);
  let last = null;
  for (const [at, step] of ends) {
    const key = `${step.r} ${step.kind} ${ABOUT[walk.grain](step, at)}`;
    if (key === last) found[found.length - 1] = at;
    else found.push(at);
    last = key;
  }
  known = { level: state.level, count, grain: walk.grain, stops: found };
  return found;
}

/** The ends of all shares, each with its last step; of arrays, of all that is about one array. */
function everyEnd(count) {
  const of = state.level.ends ?? Array.from({ length: count }, (_, k) => k + 1), found = [];
  of.forEach((end, k) => {
    let at = end;
    while (at > (k ? of[k - 1] : 0) && stepTo(at).kind === "complete") at--;
    if (at === (k ? of[k - 1] : 0) && found.length) found[found.length - 1][0] = end; // nothing but that it is complete
    else found.push([end, stepTo(Math.max(at, 1))]);
  });
  return found;
}

/** The position after the next stop, or before the last. */
export function beside(at, way) {
  const all = stops();
  return way > 0 ? all.find((each) => each > at) ?? total() : all.findLast((each) => each < at) ?? 0;
}

/** The number of the stop that a position belongs to. */
export const stopOf = (at) => stops().findIndex((each) => each >= at);

/** The steps of what has just happened. */
export function happened(at) {
  if (!at) return [];
  const from = state.level.stopsOf ? Math.max(beside(at, -1), at - MOST_TOLD) : beside(at, -1);
  return Array.from({ length: at - from }, (_, k) => stepTo(from + k + 1));
}

/** The position where everything of a round is computed, and nothing is updated yet. */
export function finished(r) {
  return state.starts[r + 1] - state.rounds[r].updates.length;
}
