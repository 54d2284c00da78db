// The arithmetic of the page: what engine/, tape/rounds.py and tape/transitions.py do, over numbers that change.

import { Arithmetic } from "./arithmetic.js";
import { data, graph } from "./data.js";
import { OPS, FORMULAS } from "./operations.js";

export const { times, plus } = Arithmetic; // over derivatives: null is that of a closed branch, and shown as 0

/** The value of every node, and its local derivatives. */
export function computed(leaves) {
  const values = leaves.slice(), partials = [];
  graph.ops.forEach((op, i) => {
    if (op === null) partials[i] = [];
    else if (i in graph.recorded) partials[i] = graph.recorded[i].map(Number);
    else {
      const inputs = graph.parents[i].map((k) => values[k]);
      [values[i], partials[i]] = OPS[op](...inputs, ...(graph.settings[i] ?? []).map(Number));
    }
  });
  return { values, partials };
}

/** d(root)/d(node) for every node that leads to root. */
export function gradients(partials, root) {
  const grads = new Map([[root, 1]]);
  for (let child = root; child >= 0; child--) {
    if (!grads.has(child)) continue;
    const grad = grads.get(child);
    graph.parents[child].forEach((parent, slot) =>
      grads.set(parent, plus(grads.get(parent) ?? null, times(partials[child][slot], grad))));
  }
  return grads;
}

/** One round after the other, each from the parameters that the one before left. */
export function everyRound(start) {
  const rounds = [];
  let leaves = start, memory = data.memory;
  for (const rule of [...data.rules, null]) {
    const round = { ...computed(leaves), memory, updates: [] };
    if (rule) {
      round.updates = rule.moves ? moved(round, rule.moves) : descended(round, rule.loss, rule.parameters, rule.rate);
      leaves = leaves.slice();
      memory = { ...memory };
      for (const each of round.updates) {
        if (each.place >= 0) leaves[each.place] = each.after;
        else memory[each.name] = each.after;
      }
      round.updates = round.updates.filter((each) => each.shown ?? true);
    }
    rounds.push(round);
  }
  return rounds;
}

/** The new numbers that the rules of a sheet give: each may name those before it. */
function moved(round, moves) {
  const slopes = new Map(), found = {};
  const number = ([kind, what, by]) => {
    if (kind === "value") return round.values[what];
    if (kind === "memory") return Number(round.memory[what]);
    if (kind === "next") return found[what];
    if (!slopes.has(what)) slopes.set(what, gradients(round.partials, what));
    return slopes.get(what).get(by) ?? 0;
  };
  const result = ({ move, of }) => FORMULAS[move](of.map(number));
  return moves.map(({ name, place, by, rate, named, shown }) => {
    const before = place < 0 ? Number(round.memory[name]) : round.values[place], after = (found[name] = result(by));
    const numbers = Object.fromEntries(Object.entries(named).map(([what, source]) => [what, number(source)]));
    return { name, place, shown, before, after, rate: rate && result(rate), numbers };
  });
}

/** One step of gradient descent. */
export function descended(round, loss, parameters, rate) {
  const grads = gradients(round.partials, loss);
  return parameters.map((place) => {
    const before = round.values[place], gradient = grads.get(place) ?? 0;
    return { place, rate, gradient, before, after: before - rate * gradient };
  });
}
