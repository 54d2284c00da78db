// The levels: what each shows of a round, and in which order.

import { data, graph } from "./data.js";
import { times, plus } from "./rounds.js";
import { unfold } from "./unfold.js";

data.levels.forEach((each, i) => { if ("like" in each) data.levels[i] = { ...data.levels[each.like], ...each }; });

for (const level of data.levels) {
  if (level.drawn === "folded") unfold(level);
  prepare(level);
}

/** What follows from the order of the steps of a level. */
export function prepare(level) {
  level.kept = new Set(level.nodes);
  level.uses = level.nodes.map(() => 0);
  level.order = level.parents.map((parents) => parents.map(() => -1)); // when each use has its turn
  level.children.forEach((child, e) => {
    if (level.slots[e] < 0) return;
    level.uses[level.parents[child][level.slots[e]]]++;
    level.order[child][level.slots[e]] = e;
  });
  level.usesBy = level.nodes.map(() => []); // each a child and a slot of it, in the order of their turns
  level.children.forEach((child, e) => { if (level.slots[e] >= 0) level.usesBy[level.parents[child][level.slots[e]]].push([child, level.slots[e]]); });
  level.isComputed = new Set(level.computed);
  level.depths = [];
  level.parents.forEach((parents, i) => (level.depths[i] = 1 + Math.max(-1, ...parents.map((each) => level.depths[each] ?? -1))));
  placeCards(level, data.sample - 1);
}

/** The cards of a level, and of a sheet with samples what they show of one: the values of each, and the uses of each wire. */
export function placeCards(level, sample) {
  if (level.samples) {
    level.cards = level.samples[Math.min(sample, level.samples.length - 1)];
    level.usesOf = (wire) => wire[3][Math.min(sample, level.samples.length - 1)];
  } else level.usesOf = (wire) => wire[3];
  level.cardOf = [];
  level.cards.forEach((members, card) => members.forEach((i) => (level.cardOf[i] = card)));
}

/** The derivatives of card i of a level by its inputs, through all that it stands for. */
function composite(level, i, partials) {
  const place = level.nodes[i], totals = new Map(), grads = new Map([[place, 1]]);
  for (const k of [place, ...level.inside[i]]) {
    graph.parents[k].forEach((parent, slot) => {
      const partial = partials[k][slot], grad = grads.get(k), sums = level.kept.has(parent) ? totals : grads;
      if (!level.kept.has(parent) || k !== place) sums.set(parent, plus(sums.get(parent) ?? null, times(partial, grad)));
    });
  }
  return level.inputs[i].map(([parent, slot]) => (slot === null ? totals.get(parent) : partials[place][slot]));
}

/** What a use of a value adds to its gradient. */
export const passed = (view, child, slot) => times(view.slopes[child][slot], view.grad[child]) ?? 0;

/** What a round looks like at a level: its local derivatives, and each gradient before each step. */
export function seen(level, round) {
  const slopes = level.nodes.map((_, i) => composite(level, i, round.partials));
  const grad = level.nodes.map(() => null);
  grad[grad.length - 1] = 1;
  const before = level.children.map((child, e) => {
    const slot = level.slots[e];
    if (slot < 0) return grad[child] ?? 0;
    const parent = level.parents[child][slot], found = grad[parent];
    grad[parent] = plus(found, times(slopes[child][slot], grad[child]));
    return found ?? 0;
  });
  return { slopes, before, grad };
}

/** The sample that a value belongs to, from 0; -1 for what all samples share, or where there is one. */
export function sampleOf(level, place) {
  const match = / at sample ([0-9]+)$/.exec(graph.names[place]);
  return match && level.samples?.length > 1 ? Number(match[1]) - 1 : -1;
}
