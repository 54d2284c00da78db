// The page walks the tape that tape/tape.py describes: the same steps in the same order, over numbers that
// are computed here, by the operations above, whenever a leaf changes.

const data = JSON.parse(document.getElementById("tape").textContent);
const graph = data.graph;
const element = (id) => document.getElementById(id);
const { times, plus } = Arithmetic; // over derivatives: null is that of a closed branch, and shown as 0

// ── numbers: what engine/ and tape/rounds.py do ──

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
  let leaves = start;
  for (const rule of [...data.rules, null]) {
    const round = { ...computed(leaves), updates: [] };
    if (rule) {
      round.updates = descended(round, rule.loss, rule.parameters, rule.rate);
      leaves = leaves.slice();
      for (const each of round.updates) leaves[each.place] = each.after;
    }
    rounds.push(round);
  }
  return rounds;
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

for (const level of data.levels) {
  level.kept = new Set(level.nodes);
  level.uses = level.nodes.map(() => 0);
  level.children.forEach((child, e) => { if (level.slots[e] >= 0) level.uses[level.parents[child][level.slots[e]]]++; });
  level.order = level.parents.map((parents) => parents.map(() => -1)); // when each use has its turn
  level.children.forEach((child, e) => { if (level.slots[e] >= 0) level.order[child][level.slots[e]] = e; });
  level.cardOf = [];
  level.cards.forEach((members, card) => members.forEach((i) => (level.cardOf[i] = card)));
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
    return { kind: "update", r, node: level.nodes.indexOf(update.place), says: level.says.updates[r][k - level.children.length],
      numbers: { r: update.rate, g: update.gradient, b: update.before, a: update.after } };
  }
  const child = level.children[k], slot = level.slots[k], before = view.before[k], says = level.says.backward[k];
  if (slot < 0) return { kind: "complete", r, node: child, says, numbers: { g: before } };
  const p = view.slopes[child][slot] ?? 0, u = view.grad[child] ?? 0, c = passed(view, child, slot);
  return { kind: "backward", r, node: level.parents[child][slot], child, slot, says,
    numbers: { p, u, c, b: before, a: before + c } };
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

/** A number to so many significant digits, whole ones without a point, with a real minus; – for none yet. */
function shown(x, figures = digits) {
  if (x === null) return "–";
  if (Number.isNaN(x)) return "NaN";
  const sign = x < 0 ? "−" : "", size = Math.abs(x);
  if (size === Infinity) return sign + "∞";
  if (Number.isInteger(size) && size < 10 ** Math.max(figures, 6)) return sign + size;
  if (figures >= 17) return sign + String(size);
  const [mantissa, power] = size.toExponential(figures - 1).split("e").map(Number);
  if (power >= -4 && power < figures) return sign + Number(size.toPrecision(figures));
  return power > 0 && power < 7 ? sign + size.toFixed(0) : `${sign}${mantissa}e${power}`.replace("e-", "e−");
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

// ── the picture ──

let cards = [], wires = [], wireOf = new Map(), lit = [], selected = null, followed = null;

function drawPicture() {
  const stage = element("stage"), template = document.querySelector(`template[data-picture="${level.level}"]`);
  stage.replaceChildren(template.content.cloneNode(true));
  const svg = stage.querySelector("svg");
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", `Computation graph: ${level.words}`);
  stage.classList.toggle("dense", level.wires.length > 150);
  zoom();
  cards = level.cards.map((members, i) => {
    const group = stage.querySelector(`[data-card="${i}"]`);
    const place = level.nodes[members[0]];
    if (members.length === 1 && graph.editable.includes(place)) editable(group, place);
    group.addEventListener("click", () => choose(i));
    group.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") choose(i);
      else if (event.key === "ArrowDown") follow(wires.filter((wire) => wire.tail === i));
      else if (event.key === "ArrowUp") follow(wires.filter((wire) => wire.head === i));
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    const name = members.length === 1 ? level.shown[members[0]] : group.querySelector("[data-value-of]").dataset.valueOf;
    group.setAttribute("aria-label", name);
    return { group, members, name, value: group.querySelector("[data-value-of]"), grad: group.querySelector("[data-grad-of]"),
      partials: [...group.querySelectorAll("[data-partial]")] };
  });
  wires = level.wires.map(([head, slot, tail, uses]) => {
    const group = stage.querySelector(`[data-wire="${head}_${slot}"]`), line = group.querySelector("path:not(.grip)");
    const wire = { group, line, head, slot, tail, uses };
    group.setAttribute("aria-label", `wire from ${level.shown[level.cards[tail][0]]} to ${level.shown[level.cards[head][0]]}`);
    group.addEventListener("keydown", (event) => {
      const beside = { ArrowDown: cards[head], ArrowUp: cards[tail] }[event.key];
      if (!beside) return;
      beside.group.focus();
      event.preventDefault();
    });
    for (const name of ["pointerenter", "focus"]) group.addEventListener(name, () => tell(wire));
    for (const name of ["pointerleave", "blur"]) group.addEventListener(name, () => (element("tip").hidden = true));
    return wire;
  });
  wireOf = new Map();
  lit = [];
  wires.forEach((wire) => wire.uses.forEach(([child, slot]) => wireOf.set(`${child},${slot}`, wire)));
  choose(null);
}

/** The size of the picture: as wide as there is room, but not too small to read; or so many times its own. */
function zoom() {
  const svg = element("stage").querySelector("svg"), size = element("zoom").value, width = svg.width.baseVal.value;
  svg.style.maxWidth = size === "fit" ? "100%" : "none";
  svg.style.width = size === "fit" ? "" : `${width * Number(size)}px`;
  svg.style.minWidth = size === "fit" ? `${Math.min(width, Math.max(width * 0.55, 320))}px` : "0";
}

function put(text, words, exact = null) {
  if (text.textContent === words && text.dataset.exact === String(exact)) return;
  text.textContent = words;
  if (exact === null) delete text.dataset.exact; else text.dataset.exact = String(exact);
  const room = Number(text.dataset.room) - 6, width = words.length * Number(text.getAttribute("font-size")) * 0.62;
  if (width > room && room > 0) { text.setAttribute("textLength", room); text.setAttribute("lengthAdjust", "spacingAndGlyphs"); }
  else text.removeAttribute("textLength");
}

/** One number, or the smallest and the largest of several. */
function spread(numbers) {
  if (numbers.length === 1) return [shown(numbers[0]), numbers[0]];
  const ends = numbers.some(Number.isNaN) ? [NaN] : [Math.min(...numbers), Math.max(...numbers)];
  return [[...new Set(ends.map((x) => shown(x)))].join(" … "), ends.join(" ")];
}

function showCards(state) {
  const view = views[state.r];
  for (const card of cards) {
    const known = card.members.filter((i) => state.known[i]), reached = card.members.filter((i) => state.shares[i]);
    put(card.value, ...(known.length < card.members.length ? ["", null] : spread(known.map((i) => state.values[i]))));
    if (!card.grad) continue;
    const complete = card.members.every((i) => state.complete[i]);
    const [words, exact] = reached.length ? spread(card.members.map((i) => state.grad[i])) : ["", null];
    put(card.grad, words && !complete ? `Σ ${words}` : words, exact);
    card.grad.classList.toggle("so-far", !complete);
    card.group.setAttribute("aria-label", `${card.name}: data ${card.value.textContent || "not computed yet"}`
      + `, gradient ${!words ? "not computed yet" : complete ? words : `so far ${words}`}`);
  }
  for (const wire of wires) {
    const computed = wire.uses.every(([child]) => state.known[child]);
    const slopes = wire.uses.map(([child, slot]) => view.slopes[child][slot] ?? 0);
    const cell = cards[wire.head].partials[wire.slot];
    if (cell) put(cell, computed ? `∂ ${spread(slopes)[0]}` : "", computed ? spread(slopes)[1] : null);
  }
}

const carried = (wire, view) => wire.uses.map(([child, slot]) => passed(view, child, slot));
const rms = (numbers) => Math.sqrt(numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length);

function showWires(state) {
  const view = views[state.r], loads = wires.map((wire) => rms(carried(wire, view)));
  const largest = Math.max(...loads.filter((x) => Number.isFinite(x) && x > 0), 1e-300);
  wires.forEach((wire, k) => {
    const sent = wire.uses.every(([child, slot]) => level.order[child][slot] < state.turns), load = loads[k];
    const thick = !sent || load === 0 ? 0.8 : Number.isFinite(load) ? Math.max(0.8, 3.4 - (2.6 * Math.log10(largest / load)) / 3) : 3.4;
    const width = thick.toFixed(2), zero = sent && load === 0;
    if (wire.width !== width) wire.line.setAttribute("stroke-width", (wire.width = width));
    if (wire.zero !== zero) wire.group.classList.toggle("zero", (wire.zero = zero));
  });
}

/** The card and the wires that the step is about. */
function light(step) {
  lit.forEach((group) => group.classList.remove("lit", "forward", "backward", "source"));
  lit = [];
  if (!step || step.node === undefined || step.node < 0) return;
  const kind = step.kind === "forward" || step.kind === "update" ? "forward" : "backward";
  const turnOn = (group, ...more) => { lit.push(group); group.classList.add("lit", kind, ...more); };
  const card = cards[level.cardOf[step.node]];
  turnOn(card.group);
  if (step.kind === "forward") wires.filter((wire) => wire.uses.some(([child]) => child === step.node)).forEach((wire) => turnOn(wire.group));
  if (step.kind === "backward") {
    turnOn(wireOf.get(`${step.child},${step.slot}`).group);
    turnOn(cards[level.cardOf[step.child]].group, "source");
  }
  reveal(card.group);
}

/** Scroll the picture, and nothing else, so that the card can be seen. */
function reveal(group) {
  const stage = element("stage"), box = group.getBoundingClientRect(), frame = stage.getBoundingClientRect();
  if (box.left < frame.left || box.right > frame.right) stage.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
  if (box.top < frame.top || box.bottom > frame.bottom) stage.scrollTop += box.top + box.height / 2 - frame.top - frame.height / 2;
}

/** Local × upstream of a wire. */
function tell(wire) {
  const view = views[roundOf(position - 1)], tip = element("tip"), top = level.shown[level.shown.length - 1];
  const [child, slot] = wire.uses[0], parent = level.parents[child][slot], slope = view.slopes[child][slot] ?? 0;
  const of = bracketed(level.shown[child]), by = bracketed(level.shown[parent]);
  const state = stateAt(position), known = state.known[child], above = state.complete[child];
  const sent = quizzing() ? level.order[child][slot] < state.turns : above; // what a quiz will ask for stays hidden
  const numbers = { p: known ? slope : null, u: above ? view.grad[child] ?? 0 : null,
    c: known && above && sent ? passed(view, child, slot) : null };
  tip.textContent = wire.uses.length > 1
    ? `${wire.uses.length} wires; together they carry ${above ? shown(rms(carried(wire, view))) : "–"} (root mean square)`
    : filled(`local × upstream:  ∂${of}/∂${by} · ∂${bracketed(top)}/∂${of} = \ue000p\ue001 · \ue000u\ue001 = \ue000c\ue001`, (what) => numbers[what]);
  wire.group.setAttribute("aria-label", tip.textContent);
  tip.hidden = false;
}

/** From a box to its wires with the arrow keys: to the next of them each time. */
function follow(some) {
  if (!some.length) return;
  const next = (some.findIndex((wire) => wire === followed) + 1) % some.length;
  followed = some[next];
  followed.group.focus();
}

const bracketed = (name) => (name.includes(" ") ? `(${name})` : name);

// ── a chosen value: its paths to the loss, and its derivation ──

function choose(i) {
  selected = i === selected ? null : i;
  const on = new Set(selected === null ? [] : [selected]);
  const uses = selected === null ? [] : wires.filter((wire) => wire.tail !== wire.head).sort((a, b) => a.head - b.head);
  const lit = new Set(uses.filter((wire) => on.has(wire.tail) && on.add(wire.head)));
  cards.forEach((card, k) => mark(card.group, on.has(k)));
  wires.forEach((wire) => mark(wire.group, lit.has(wire)));
  cards.forEach((card, k) => card.group.setAttribute("aria-pressed", String(k === selected)));
  explain();
}

function mark(group, on) {
  group.classList.toggle("on-path", selected !== null && on);
  group.classList.toggle("off-path", selected !== null && !on);
}

/** How many paths lead from a card to the loss. */
function pathsFrom(card) {
  const counts = cards.map(() => 0);
  counts[card] = 1;
  for (const wire of wires.slice().sort((a, b) => a.head - b.head)) counts[wire.head] += counts[wire.tail];
  return counts[counts.length - 1];
}

function explain() {
  const box = element("derivation"), hint = document.createElement("p");
  hint.className = "hint";
  if (selected === null) {
    hint.textContent = "Choose a box of the picture: its paths to the loss light up, and its gradient is derived here.";
    box.replaceChildren(hint);
    return;
  }
  const count = pathsFrom(selected), i = cards[selected].members[0], steps = level.derivations[i];
  hint.textContent = `${cards[selected].members.map((k) => level.shown[k]).slice(0, 3).join(", ")}: `
    + (selected === cards.length - 1 ? "the loss itself" : `${count.toLocaleString("en")} path${count === 1 ? "" : "s"} to the loss`);
  const round = roundOf(position - 1);
  box.replaceChildren(hint, ...(steps ?? []).map((lines) => derived(lines, round)));
}

function derived(lines, r) {
  const list = document.createElement("dl"), view = views[r], state = stateAt(position);
  const lookup = (what) => {
    const [a, b] = what.slice(1).split("_").map(Number), i = level.nodes.indexOf(a);
    if (what[0] === "d") return i < 0 || state.known[i] ? rounds[r].values[a] : null;
    if (what[0] === "g") return state.complete[a] ? view.grad[a] ?? 0 : null;
    return !state.known[a] ? null : level.parents[a].reduce((sum, parent, slot) => (parent === b ? sum + (view.slopes[a][slot] ?? 0) : sum), 0);
  };
  const [name, ...rest] = lines.map((line) => filled(line, lookup));
  const title = document.createElement("dt");
  title.textContent = name;
  list.append(title);
  rest.filter((line, i) => line !== (i ? rest[i - 1] : name)).forEach((line) => {
    const row = document.createElement("dd");
    row.textContent = `= ${line}`;
    list.append(row);
  });
  return list;
}

// ── the player ──

const SIGNS = { forward: "→", seed: "←", backward: "←", complete: "✓", update: "↻", round: "»" };
let playing = 0, hashing = 0;

function show() {
  const step = stepTo(position), state = stateAt(position), last = total();
  showCards(state);
  showWires(state);
  light(step);
  const message = element("message");
  message.textContent = step ? filled(step.says, numbersOf(step)) : "The leaves are given; nothing is computed yet. Press → for the first step.";
  message.dataset.kind = step?.kind ?? "";
  message.dataset.sign = step ? SIGNS[step.kind] : "";
  note(step);
  const slider = element("position");
  slider.max = last;
  slider.value = position;
  slider.setAttribute("aria-valuetext", `${position} of ${last}: ${message.textContent}`);
  const many = rounds.length > 1 ? ` · round ${state.r + 1}` : "";
  element("where").textContent = `${position} / ${last}${many}`;
  for (const id of ["first", "back"]) element(id).disabled = position === 0;
  for (const id of ["next", "last"]) element(id).disabled = position === last;
  showLeaves(state);
  explain();
  if (document.activeElement?.dataset?.wire) tell(wires.find((wire) => wire.group === document.activeElement));
  clearTimeout(hashing);
  hashing = setTimeout(remember, 200);
}

/** The permalink; a frame without an address of its own has none. */
function remember() {
  const prefix = level === data.levels[data.first] ? "" : `${level.level}-`;
  try { history.replaceState(null, "", position || prefix ? `#${prefix}${position}` : location.pathname); } catch { /* sandboxed */ }
}

function go(to) {
  const way = to < position ? -1 : 1;
  position = Math.max(0, Math.min(total(), to));
  if (quizzing()) position = questionFrom(position, way);
  ask();
  show();
}

function pause() {
  clearTimeout(playing);
  playing = 0;
  element("play").classList.remove("on");
  element("play").setAttribute("aria-label", "Play");
}

function play() {
  if (playing) return pause();
  if (asking) return element("answer").focus();
  if (position === total()) position = 0;
  element("play").classList.add("on");
  element("play").setAttribute("aria-label", "Pause");
  const tick = () => {
    go(position + 1);
    if (position === total() || asking) pause();
    else playing = setTimeout(tick, 1000 / Number(element("speed").value));
  };
  playing = setTimeout(tick, 0);
}

const MOVES = {
  first: () => go(0), back: () => go(position - 1), next: () => forward(), last: () => go(total()),
};
for (const [id, move] of Object.entries(MOVES)) element(id).addEventListener("click", () => { pause(); move(); });
element("play").addEventListener("click", play);
element("position").addEventListener("input", (event) => { pause(); go(Number(event.target.value)); });

const KEYS = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last" };
document.addEventListener("keydown", (event) => {
  const busy = event.target.closest("input:not([type=checkbox]), select, textarea");
  if (busy || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key in KEYS) { pause(); MOVES[KEYS[event.key]](); event.preventDefault(); }
  if (event.key === " " && !event.target.closest("button, input, summary, .scroll")) { play(); event.preventDefault(); }
  if (event.key === "Escape") choose(null);
});
addEventListener("hashchange", fromHash);
function fromHash() {
  const match = /^#(?:([a-z]+)-)?(\d+)$/.exec(location.hash);
  if (!match) return;
  const wanted = match[1] ? data.levels.find((each) => each.level === match[1]) : data.levels[data.first];
  if (wanted && wanted !== level) turnTo(wanted);
  go(Number(match[2]));
}

element("zoom").addEventListener("change", zoom);
element("digits").addEventListener("change", (event) => { digits = Number(event.target.value); show(); });
element("level").addEventListener("change", (event) => {
  const before = stepTo(position), place = before && level.nodes[before.node], share = position / total();
  turnTo(data.levels[event.target.value]);
  go(samePlace(before, place) ?? Math.round(share * total()));
});

/** The picture and the tape of another level. */
function turnTo(another) {
  level = another;
  element("level").value = String(data.levels.indexOf(level));
  review();
  drawPicture();
}

/** Where on the tape of this level the same thing has happened to the same value. */
function samePlace(before, place) {
  if (!before) return 0;
  for (let at = starts[before.r + 1]; at > starts[before.r]; at--) {
    const step = stepTo(at);
    if (step.kind === before.kind && level.nodes[step.node] === place) return at;
  }
  return null;
}

// ── leaves ──

const inputs = new Map();

function leafRow(place) {
  const row = document.createElement("label"), name = document.createElement("span"), slope = document.createElement("output");
  const input = document.createElement("input");
  row.className = "leaf";
  name.textContent = graph.shown[place];
  Object.assign(input, { type: "text", inputMode: "decimal", autocomplete: "off", spellcheck: false });
  input.dataset.leaf = graph.names[place];
  input.addEventListener("focus", () => (input.value = String(leaves[place])));
  input.addEventListener("blur", () => (input.value = brief(leaves[place])));
  input.addEventListener("input", () => typed(place, input));
  input.addEventListener("change", () => { if (input.getAttribute("aria-invalid") === "true") refuse(place, input); });
  input.addEventListener("keydown", (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (way) { nudge(place, way * (event.shiftKey ? 10 : 1)); event.preventDefault(); }
  });
  dragged(name, place);
  name.addEventListener("click", (event) => event.preventDefault());
  row.append(name, input, slope);
  inputs.set(place, { input, slope });
  return row;
}

/** A number that fits its field; in full while the field has the focus. */
const brief = (x) => String(Number(x.toPrecision(9)));

function typed(place, input) {
  const text = input.value.trim().replace("−", "-"), x = Number(text);
  const good = text !== "" && Number.isFinite(x);
  input.setAttribute("aria-invalid", String(!good));
  if (good) change(place, x);
}

function refuse(place, input) {
  element("message").textContent = `“${input.value}” is no number; ${graph.shown[place]} keeps ${shown(leaves[place])}.`;
  input.setAttribute("aria-invalid", "false");
  input.value = String(leaves[place]);
}

/** The step of an arrow key: one unit of the second significant digit. */
const unit = (x) => 10 ** (Math.floor(Math.log10(Math.abs(x) || 1)) - 1);

function nudge(place, units) {
  const step = unit(leaves[place]), x = Number((leaves[place] + units * step).toPrecision(12));
  change(place, x);
  inputs.get(place).input.value = String(x);
}

function change(place, x) {
  leaves[place] = x;
  touched = true;
  recompute();
  show();
}

/** Dragging a name, or a number in the picture, to the right makes it larger. */
function dragged(handle, place) {
  handle.addEventListener("pointerdown", (event) => {
    let from = event.clientX, moved = false;
    handle.setPointerCapture(event.pointerId);
    const move = (each) => {
      const units = Math.trunc((each.clientX - from) / 4);
      if (units) { nudge(place, units); from += units * 4; moved = true; }
    };
    const stop = () => {
      handle.removeEventListener("pointermove", move);
      if (moved) handle.addEventListener("click", (click) => click.stopPropagation(), { once: true, capture: true });
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", stop, { once: true });
    handle.addEventListener("pointercancel", stop, { once: true });
    event.preventDefault();
  });
}

function editable(group, place) {
  group.classList.add("editable");
  const number = group.querySelector("[data-value-of]");
  dragged(number, place);
  number.addEventListener("dblclick", () => inputs.get(place).input.focus());
}

function listLeaves() {
  const groups = { input: "inputs", parameter: "parameters", constant: "constants" };
  for (const [role, title] of Object.entries(groups)) {
    const places = graph.editable.filter((place) => graph.roles[place] === role);
    if (!places.length) continue;
    const group = document.createElement("details"), summary = document.createElement("summary"), list = document.createElement("div");
    group.className = "group";
    group.open = places.length <= 40;
    summary.textContent = `${places.length} ${places.length === 1 ? title.slice(0, -1) : title}`;
    if (places.length > 12) list.className = "scroll";
    list.append(...places.map(leafRow));
    group.append(summary, list);
    element("leaves").append(group);
  }
  if (!graph.editable.length) element("leaves").hidden = true;
}

/** The numbers of the leaves, except where a person is typing, and their gradients once these are there. */
function showLeaves(state) {
  const round = rounds[state.r], grads = state.over ? (round.grads ??= gradients(round.partials, graph.ops.length - 1)) : null;
  for (const [place, { input, slope }] of inputs) {
    if (document.activeElement !== input) input.value = brief(leaves[place]);
    slope.textContent = grads ? shown(grads.get(place) ?? 0) : "";
    slope.title = grads ? `gradient of ${graph.shown[place]}` : "";
  }
}

// ── learning ──

const parameters = graph.editable.filter((place) => graph.roles[place] === "parameter");
const root = graph.ops.length - 1;
let losses = [], training = 0, touched = false;

function rate() {
  const field = element("rate"), x = Number(field.value.trim().replace("−", "-"));
  const good = field.value.trim() !== "" && Number.isFinite(x);
  field.setAttribute("aria-invalid", String(!good));
  if (!good) progress(`“${field.value}” is no learning rate; write a number such as 0.1`);
  return good ? x : null;
}

/** One step of gradient descent on every parameter; whether it could be made. */
function update() {
  const step = rate();
  if (step === null) return false;
  if (!losses.length) losses = [rounds[0].values[root]];
  for (const each of descended(rounds[0], root, parameters, step)) leaves[each.place] = each.after;
  touched = true;
  recompute();
  losses.push(rounds[0].values[root]);
  const name = graph.shown[root];
  progress(`${losses.length - 1} update${losses.length > 2 ? "s" : ""}: ${name} ${shown(losses[0])} → ${shown(rounds[0].values[root])}`);
  drawCurve();
  show();
  return Number.isFinite(rounds[0].values[root]);
}

const progress = (text) => (element("progress").textContent = text);

function drawCurve() {
  const curve = element("curve"), known = losses.filter(Number.isFinite), high = Math.max(...known), least = Math.min(...known);
  const low = least > high / 2 ? least : Math.min(0, least), height = high - low || 1;
  const point = (x, i) => [6 + (290 * i) / Math.max(losses.length - 1, 1), 84 - (72 * (x - low)) / height];
  const every = Math.ceil(losses.length / 600);
  const points = losses.map(point).filter(([, y], i) => Number.isFinite(y) && (i % every === 0 || i === losses.length - 1));
  curve.querySelector("polyline").setAttribute("points", points.map((pair) => pair.map((x) => x.toFixed(1)).join(",")).join(" "));
  const [x, y] = points[points.length - 1] ?? [6, 84], [top, bottom] = curve.querySelectorAll("text");
  curve.querySelector("circle").setAttribute("cx", x);
  curve.querySelector("circle").setAttribute("cy", y);
  top.textContent = known.length ? shown(high) : "";
  bottom.textContent = known.length && low ? shown(low) : "";
  curve.setAttribute("aria-label", losses.length
    ? `Loss, from ${shown(losses[0])} to ${shown(losses[losses.length - 1])} in ${losses.length - 1} updates` : "Loss: no update yet");
}

function stopTraining() {
  cancelAnimationFrame(training);
  training = 0;
  element("train").textContent = "Play updates";
}

function train() {
  if (training) return stopTraining();
  element("train").textContent = "Pause updates";
  const tick = () => {
    if (!update()) {
      stopTraining();
      if (!Number.isFinite(rounds[0].values[root])) progress(`The loss is ${shown(rounds[0].values[root])}; Reset, and take a smaller rate`);
    } else training = requestAnimationFrame(tick);
  };
  training = requestAnimationFrame(tick);
}

function reset() {
  stopTraining();
  leaves = begin.slice();
  losses = [];
  touched = false;
  recompute();
  progress("");
  drawCurve();
  show();
}

element("update").addEventListener("click", () => { stopTraining(); update(); });
element("train").addEventListener("click", train);
element("reset").addEventListener("click", reset);

// ── published numbers ──

/** A verdict with its mark. */
const marked = (verdict) => `${data.verdicts[verdict].mark} ${verdict}`;

function listPublished() {
  const table = element("published").querySelector("table");
  element("published").hidden = !data.answers.length;
  for (const each of data.answers) {
    const row = table.insertRow();
    row.className = data.verdicts[each.verdict].counts;
    row.insertCell().textContent = rounds.length > 1 ? `${each.quantity}${each.round > 1 ? ` (round ${each.round})` : ""}` : each.quantity;
    row.insertCell().textContent = each.printed;
    const verdict = document.createElement("b");
    verdict.textContent = marked(each.verdict);
    row.insertCell().append(verdict);
    const why = document.createElement("small");
    why.textContent = each.why;
    row.insertCell().append(why);
  }
}

/** What the source printed for the number that the step has just found. */
function note(step) {
  const name = (i) => level.names[i], loss = name(level.names.length - 1);
  const asked = step && { forward: () => name(step.node), complete: () => `d${loss}/d${name(step.node)}`, update: () => name(step.node),
    backward: () => `d${name(step.child)}/d${name(step.node)}` }[step.kind]?.();
  const found = asked && !touched && data.answers.find((each) => each.quantity === asked && each.printed !== "?" && each.round === step.r + (step.kind === "update" ? 2 : 1));
  element("note").className = found ? data.verdicts[found.verdict].counts : "";
  element("note").textContent = found ? `published ${found.quantity} = ${found.printed}: ${marked(found.verdict)}${found.why ? `, ${found.why}` : ""}` : "";
  element("stale").hidden = !touched;
}

// ── the quiz: the next number is asked for before it is shown ──

let asking = null, right = 0, tried = 0;
const quizzing = () => element("quiz").checked;

const asksFor = (step) => step && (step.kind === "forward" || step.kind === "backward");

/** The next step; in a quiz the question comes first. */
function forward() {
  if (asking) return element("answer").focus();
  go(position + 1);
}

/** The nearest place in a direction from which the next step can be asked for. */
function questionFrom(at, way) {
  while (at > 0 && at < total() && !asksFor(stepTo(at + 1))) at += way;
  return at;
}

/** In a quiz, ask for the number of the step to come. */
function ask() {
  asking = quizzing() && position < total() && asksFor(stepTo(position + 1)) ? stepTo(position + 1) : null;
  element("question").hidden = !asking;
  element("published").hidden = quizzing() || !data.answers.length;
  if (!asking) return;
  const sides = asking.says.split(" = "), forward = asking.kind === "forward";
  element("asked").textContent = `${filled((forward ? sides.slice(0, -1) : sides.slice(0, 1)).join(" = "), numbersOf(asking))} =`;
  element("answer").value = "";
}

/** What is known of working by hand for the number that a step makes, as long as nobody has changed a number. */
function knownOf(step) {
  const name = (i) => level.names[i], loss = name(level.names.length - 1);
  const alone = step.kind === "forward" || level.parents.flat().filter((parent) => parent === step.node).length === 1;
  const asked = step.kind === "forward" ? name(step.node) : `d${loss}/d${name(step.node)}`;
  return alone && !touched ? data.quiz[step.r]?.[asked] : undefined;
}

/** What is said of an answer by its verdict. */
function said(text, x, verdict, known) {
  if (data.verdicts[verdict].counts === "right") return verdict === "rounding" ? "Right, but for rounding." : "Right.";
  if (verdict === "close" && !saysEnough(text, x)) return `${text} says little of it; give more digits, or reveal it.`;
  if (verdict === "close") return `${text} is close, but no working by hand gives it; try again, or reveal it.`;
  const hint = mistake(text, known);
  return `Not ${text}${hint ? `: ${hint}` : ""}; try again, or reveal it.`;
}

function answered(event) {
  event.preventDefault();
  const text = element("answer").value.trim().replace("−", "-"), step = asking;
  if (!step) return;
  if (text === "" || Number.isNaN(Number(text))) {
    element("score").textContent = `“${element("answer").value}” is no number; write one such as 0.25`;
    return;
  }
  const x = step.kind === "forward" ? rounds[step.r].values[level.nodes[step.node]] : step.numbers.c, known = knownOf(step);
  const verdict = judge(text, x, known), good = data.verdicts[verdict].counts === "right";
  tried += 1;
  right += good;
  element("score").textContent = `${said(text, x, verdict, known)} ${right} of ${tried}`;
  if (good) uncover();
}

function uncover() {
  const step = asking, says = filled(step.says, numbersOf(step));
  go(position + 1);
  if (asking) element("answer").focus();
  element("message").textContent = says;
}

element("question").addEventListener("submit", answered);
element("reveal").addEventListener("click", () => {
  const card = asking?.kind === "backward" ? level.cardOf[asking.node] : selected;
  if (card !== selected) choose(card);
  uncover();
});
element("quiz").addEventListener("change", () => { right = tried = 0; element("score").textContent = ""; go(position); });

// ── begin ──

recompute();
listLeaves();
listPublished();
element("level").append(...data.levels.map((each, i) => new Option(each.words || each.level, i, false, each === level)));
element("levels").hidden = data.levels.length === 1;
element("rate").value = String(data.rules[0]?.rate ?? 0.1);
if (!parameters.length) element("learning").hidden = true;
element("live").hidden = false;
drawPicture();
drawCurve();
show();
fromHash();
