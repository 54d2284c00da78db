// A folded graph as a level: every operation steps, but as the cards that are seen: one after the other, all of one together.

import { graph } from "./data.js";

const NONE = []; // what no operation has inside

/** Make a level of the groups of a graph: its operations, the tree over them, and what is open of it. */
export function unfold(level) {
  const places = graph.ops.map((_, i) => i), { groups, of } = level;
  Object.assign(level, { nodes: places, parents: graph.parents, inputs: graph.parents.map((parents) => parents.map((parent, slot) => [parent, slot])), inside: places.map(() => NONE),
    names: graph.names, shown: graph.shown, boxes: [], derivations: {}, words: level.words || "folded", opened: new Set() });
  level.parts = groups.map(() => []);
  level.own = groups.map(() => []);
  level.top = { parts: [], own: [] };
  groups.forEach((group, g) => (group.in < 0 ? level.top.parts : level.parts[group.in]).push(g));
  of.forEach((g, i) => (g < 0 ? level.top.own : level.own[g]).push(i));
  level.counts = groups.map((_, g) => level.own[g].length);
  for (let g = groups.length - 1; g >= 0; g--) if (groups[g].in >= 0) level.counts[groups[g].in] += level.counts[g];
  fold(level);
}

/** The cards that are seen, and the order of the steps by them; for what is open now. */
export function fold(level) {
  const cards = [], cardOf = new Int32Array(graph.ops.length);
  const visit = (parts, own) => {
    for (const g of parts) level.opened.has(g) ? visit(level.parts[g], level.own[g]) : cards.push({ group: g, members: membersIn(level, g) });
    for (const i of own) cards.push({ group: -1, members: [i] });
  };
  visit(level.top.parts, level.top.own);
  cards.sort((one, other) => one.members[one.members.length - 1] - other.members[other.members.length - 1]);
  cards.forEach((card, k) => card.members.forEach((i) => (cardOf[i] = k)));
  Object.assign(level, { folds: cards, cards: cards.map((card) => card.members), boxes: cards.map(() => null), wires: bundles(cardOf) });
  order_(level, cardOf);
}

/** All operations of a group, in their order. */
function membersIn(level, g) {
  const found = [], waiting = [g];
  while (waiting.length) { const at = waiting.pop(); for (const i of level.own[at]) found.push(i); waiting.push(...level.parts[at]); }
  return found.sort((one, other) => one - other);
}

/** For each two cards, one of which uses the other, all the uses. */
function bundles(cardOf) {
  const found = new Map();
  graph.parents.forEach((parents, child) => parents.forEach((parent, slot) => {
    const head = cardOf[child], tail = cardOf[parent], key = head * 65536 + tail;
    if (head === tail) return;
    if (!found.has(key)) found.set(key, [head, 0, tail, []]);
    found.get(key)[3].push([child, slot]);
  }));
  return [...found.values()];
}

/** An order of computing that stays in a card as long as it can; back through it the gradients come. */
function order_(level, cardOf) {
  const waits = graph.parents.map((parents) => parents.length), users = graph.ops.map(() => []), ready = level.folds.map(() => []), order = [];
  graph.parents.forEach((parents, child) => parents.forEach((parent) => users[parent].push(child)));
  const missing = level.folds.map(() => new Set());
  level.wires.forEach(([head, , tail]) => missing[head].add(tail));
  const left = level.folds.map((card) => card.members.length), open = new Set(level.folds.keys());
  waits.forEach((count, i) => { if (!count) ready[cardOf[i]].push(i); });
  let card = 0;
  while (order.length < graph.ops.length) {
    card = nextCard(open, ready, missing, left);
    while (ready[card].length) {
      const i = ready[card].shift();
      order.push(i);
      left[card] -= 1;
      for (const user of users[i]) if (--waits[user] === 0) ready[cardOf[user]].push(user);
    }
    if (!left[card]) { open.delete(card); missing.forEach((some) => some.delete(card)); }
  }
  const heads = order.filter((i) => graph.parents[i].length).reverse(), uses = heads.flatMap((i) => graph.parents[i].map((_, slot) => [i, slot]));
  Object.assign(level, { computed: order.filter((i) => graph.ops[i] !== null), children: uses.map(([i]) => i), slots: uses.map(([, slot]) => slot) });
  level.stopsOf = (starts) => stopsBy(level, cardOf, starts);
}

/** A card whose inputs are all there; where there is none, as in a loop, one that can go on. */
function nextCard(open, ready, missing, left) {
  let any = -1;
  for (const card of open) {
    if (!ready[card].length) continue;
    if (!missing[card].size) return card;
    if (any < 0) any = card;
  }
  return any;
}

/** The ends of the runs of steps in one card, round by round. */
function stopsBy(level, cardOf, starts) {
  const ends = (list) => list.flatMap((i, k) => (k + 1 === list.length || cardOf[list[k + 1]] !== cardOf[i] ? [k + 1] : []));
  const forth = ends(level.computed), back = ends(level.children), stops = [0];
  for (let r = 0; r + 1 < starts.length; r++) {
    let at = starts[r];
    if (r > 0) stops.push(++at);
    forth.forEach((k) => stops.push(at + k));
    at += level.computed.length + 1;
    stops.push(at);
    back.forEach((k) => stops.push(at + k));
    for (at += level.children.length + 1; at <= starts[r + 1]; at++) stops.push(at);
  }
  return stops;
}
