// The page walks the tape that tape/tape.py describes: the same steps in the same order, over numbers that
// are computed here, by the operations above, whenever a leaf changes.

const data = JSON.parse(document.getElementById("tape").textContent);
const graph = data.graph;
const element = (id) => document.getElementById(id);
const { times, plus } = Arithmetic; // over derivatives: null is that of a closed branch, and shown as 0

// ── numbers: what engine/, tape/rounds.py and tape/transitions.py do ──

/** The value of every node, and its local derivatives. */
function computed(leaves) {
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
function gradients(partials, root) {
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
function everyRound(start) {
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

function descended(round, loss, parameters, rate) {
  const grads = gradients(round.partials, loss);
  return parameters.map((place) => {
    const before = round.values[place], gradient = grads.get(place) ?? 0;
    return { place, rate, gradient, before, after: before - rate * gradient };
  });
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
const passed = (view, child, slot) => times(view.slopes[child][slot], view.grad[child]) ?? 0;

/** What a round looks like at a level: its local derivatives, and each gradient before each step. */
function seen(level, round) {
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

data.levels.forEach((each, i) => { if ("like" in each) data.levels[i] = { ...data.levels[each.like], ...each }; });
/** The cards of a level, and of a sheet with samples what they show of one: the values of each, and the uses of each wire. */
function placeCards(level, sample) {
  if (level.samples) {
    level.cards = level.samples[Math.min(sample, level.samples.length - 1)];
    level.usesOf = (wire) => wire[3][Math.min(sample, level.samples.length - 1)];
  } else level.usesOf = (wire) => wire[3];
  level.cardOf = [];
  level.cards.forEach((members, card) => members.forEach((i) => (level.cardOf[i] = card)));
}

for (const level of data.levels) {
  level.kept = new Set(level.nodes);
  level.uses = level.nodes.map(() => 0);
  level.children.forEach((child, e) => { if (level.slots[e] >= 0) level.uses[level.parents[child][level.slots[e]]]++; });
  level.order = level.parents.map((parents) => parents.map(() => -1)); // when each use has its turn
  level.children.forEach((child, e) => { if (level.slots[e] >= 0) level.order[child][level.slots[e]] = e; });
  placeCards(level, data.sample - 1);
  level.isComputed = new Set(level.computed);
}

// ── the tape ──

const begin = graph.data.map((x) => (x === null ? NaN : Number(x)));
let leaves = begin.slice(), rounds = [], level = data.levels[data.first], views = [], starts = [], position = 0;

function recompute() {
  rounds = everyRound(leaves);
  review();
}

function review() {
  views = rounds.map((round) => seen(level, round));
  starts = [0];
  rounds.forEach((round, r) => starts.push(starts[r] + (r > 0) + level.computed.length + 1
    + level.children.length + round.updates.length));
}

const total = () => starts[starts.length - 1];
const roundOf = (step) => Math.max(0, starts.findIndex((start) => start > step) - 1);

/** The step that ends at a position; null at the start. */
function stepTo(at) {
  if (at === 0) return null;
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
  const child = level.children[k], slot = level.slots[k], before = view.before[k], says = level.says.backward[k];
  if (slot < 0) return { kind: "complete", r, node: child, says, numbers: { g: before } };
  const p = view.slopes[child][slot] ?? 0, u = view.grad[child] ?? 0, c = passed(view, child, slot);
  return { kind: "backward", r, node: level.parents[child][slot], child, slot, says,
    numbers: { p, u, c, b: before, a: before + c } };
}

/** The positions before and after what has just happened: one step, or all those about one array. */
function eventAt(at) {
  const k = level.ends?.indexOf(at) ?? -1;
  return k < 0 || quizzing() ? [at - 1, at] : [k ? level.ends[k - 1] : 0, at];
}

/** The position after the next event, or before the last. */
function beside(at, way) {
  if (!level.ends || quizzing()) return at + way;
  return way > 0 ? level.ends.find((end) => end > at) ?? total() : level.ends.findLast((end) => end < at) ?? 0;
}

/** The steps of what has just happened. */
function happened(at) {
  const [from, to] = at ? eventAt(at) : [0, 0];
  return Array.from({ length: to - from }, (_, k) => stepTo(from + k + 1));
}

/** Every number as it stands at a position. */
function stateAt(at) {
  const r = roundOf(at - 1), round = rounds[r], view = views[r], nodes = level.nodes;
  const known = nodes.map((_, i) => !level.isComputed.has(i)), grad = nodes.map(() => 0), shares = nodes.map(() => 0);
  const values = nodes.map((place) => round.values[place]);
  let k = at - starts[r] - (r > 0);
  level.computed.slice(0, Math.max(0, k)).forEach((i) => (known[i] = true));
  k -= level.computed.length + 1;
  if (k >= 0) { grad[nodes.length - 1] = 1; shares[nodes.length - 1] = 1; }
  const turns = Math.max(0, Math.min(k, level.children.length));
  for (let e = 0; e < turns; e++) {
    const child = level.children[e], slot = level.slots[e];
    if (slot < 0) continue;
    const parent = level.parents[child][slot];
    grad[parent] += passed(view, child, slot);
    shares[parent] += 1;
  }
  round.updates.slice(0, Math.max(0, k - level.children.length)).forEach((update) => {
    const i = nodes.indexOf(update.place);
    if (i >= 0) values[i] = update.after;
  });
  const complete = shares.map((count, i) => count > 0 && count === level.uses[i] + (i === nodes.length - 1));
  return { r, known, values, grad, shares, complete, turns, over: k >= level.children.length };
}

// ── words and numbers, as tape/wording.py has them ──

let digits = 4;

/** Size to so many significant digits, as an exponential; of two that are equally near the even one, as Python rounds. */
function rounded(size, figures) {
  const [mantissa, power] = size.toExponential(100).split("e"), all = mantissa.replace(".", "");
  const isTie = /^50*$/.test(all.slice(figures)) && all[figures - 1] % 2 === 0;
  return isTie ? `${all[0]}.${all.slice(1, figures)}e${power}` : size.toExponential(figures - 1);
}

/** A number to so many significant digits, whole ones without a point, with a real minus; – for none yet. */
function shown(x, figures = digits) {
  if (x === null) return "–";
  if (Number.isNaN(x)) return "NaN";
  const sign = x < 0 ? "−" : "", size = Math.abs(x), all = figures >= 17; // 17 are all that a double has
  if (size === Infinity) return sign + "∞";
  if (Number.isInteger(size) && size < 10 ** (all ? 16 : Math.max(figures, 6))) return sign + size;
  const text = all ? size.toExponential() : rounded(size, figures), [mantissa, power] = text.split("e");
  if (power >= -4 && power < (all ? 16 : figures)) return sign + Number(text);
  if (power > 0 && power < 7 && !all) return sign + Number(rounded(size, 1 + Math.floor(Math.log10(size))));
  return `${sign}${all ? mantissa : Number(mantissa)}e${Number(power)}`.replace("e-", "e−");
}

const MARK = /\ue000([^\ue001]*)\ue001/g, ALONE = "=(←,:{", RAISED = "^⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A sentence with its numbers; a negative one in parentheses where it needs them. */
function filled(template, number) {
  const put = (side) => side.replace(MARK, (whole, what, at) => {
    const x = shown(number(what)), before = side.slice(0, at).trimEnd().slice(-1), after = side[at + whole.length];
    const raised = after && RAISED.includes(after), bare = !raised && (!before || ALONE.includes(before) || /\p{L}/u.test(before));
    return (x[0] === "−" && !bare) || (raised && x.includes("e")) ? `(${x})` : x;
  });
  const found = [];
  for (const side of template.split(" = ")) { // the same number again says nothing
    const text = put(side);
    if (text !== found[found.length - 1] || text === side) found.push(text);
  }
  return found.join(" = ");
}

/** The numbers of a step: its own, and the values of the round. */
const numbersOf = (step) => (what) => step.numbers?.[what] ?? rounds[step.r].values[Number(what.slice(1))];
