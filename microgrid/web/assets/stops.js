// Where the walk along the tape stops: after each share of a gradient, each value, or each layer.
// That a gradient is complete is no step of its own: the share that completes it says so.

import { state, stepTo, total } from "./state.js";

export const GRAINS = { share: "every share", value: "every value", layer: "every layer" };
export const walk = { grain: "share" };

/** What a step belongs to: with the same key, and one behind the other, they are one stop. */
const GROUPING = {
  share: (step, at) => (state.level.ends ? state.level.ends.findIndex((end) => end >= at) : at),
  value: (step, at) => (step.kind === "forward" ? GROUPING.share(step, at) : step.child ?? step.kind),
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
  const found = [0], keyOf = (at) => { const step = stepTo(at); return step.kind === "complete" ? null : `${step.r} ${step.kind} ${GROUPING[walk.grain](step, at)}`; };
  let last = null;
  for (let at = 1; at <= count; at++) {
    const key = keyOf(at);
    if (found.length > 1 && (key === null || key === last)) found[found.length - 1] = at;
    else found.push(at);
    if (key !== null) last = key;
  }
  known = { level: state.level, count, grain: walk.grain, stops: found };
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
