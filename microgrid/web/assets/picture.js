// The picture of a state: cards and wires, a chosen value with its paths to the loss and its derivation.

// ── the picture ──

let cards = [], wires = [], wireOf = new Map(), lit = [], selected = null, followed = null, chosen = 0;

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
    group.addEventListener("click", (event) => choose(i, elementAt(cards[i], event.target)));
    group.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") choose(i);
      else if (event.key === "ArrowDown") follow(wires.filter((wire) => wire.tail === i));
      else if (event.key === "ArrowUp") follow(wires.filter((wire) => wire.head === i));
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return cardOf(group, members);
  });
  wires = level.wires.map((each) => {
    const [head, slot, tail] = each, uses = level.usesOf(each);
    const group = stage.querySelector(`[data-wire="${head}_${slot}"]`), line = group.querySelector("path:not(.grip)");
    const wire = { group, line, head, slot, tail, uses };
    group.setAttribute("aria-label", `wire from ${cards[tail].name} to ${cards[head].name}`);
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
  lit = [];
  nameCells();
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
  if (text.tagName === "polygon") words = ""; // a cell that is too small for its number
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
    if (card.values.length < card.members.length) showNumber(state, card.members, card.values[0], card.grads[0]);
    else card.members.forEach((i, k) => showNumber(state, [i], card.values[k], card.grads[k]));
    shade(card, state);
    const said = (texts) => texts.map((text) => text.textContent || text.dataset.exact || "not computed yet").slice(0, 12).join(", ");
    card.group.setAttribute("aria-label", `${card.name}: data ${said(card.values)}`
      + (card.grads.length ? `, gradient ${said(card.grads).replaceAll("Σ", "so far")}` : ""));
  }
  for (const wire of wires) {
    const computed = wire.uses.every(([child]) => state.known[child]);
    const slopes = wire.uses.map(([child, slot]) => view.slopes[child][slot] ?? 0);
    const cell = cards[wire.head].partials[wire.slot];
    if (cell) put(cell, computed ? `∂ ${spread(slopes)[0]}` : "", computed ? spread(slopes)[1] : null);
  }
}

/** One number of a card and its gradient, or the range of several. */
function showNumber(state, members, value, grad) {
  const known = members.filter((i) => state.known[i]), reached = members.filter((i) => state.shares[i]);
  put(value, ...(known.length < members.length ? ["", null] : spread(known.map((i) => state.values[i]))));
  if (!grad) return;
  const complete = members.every((i) => state.complete[i]);
  const [words, exact] = reached.length ? spread(members.map((i) => state.grad[i])) : ["", null];
  put(grad, words && !complete ? `Σ ${words}` : words, exact);
  grad.classList.toggle("so-far", !complete);
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

/** The cards and the wires that what has just happened is about. */
function light(event) {
  lit.forEach((group) => group.classList.remove("lit", "forward", "backward", "source", "now"));
  lit = [];
  for (const step of event) turnOn(step);
  const last = event.at(-1), card = last && cards[level.cardOf[last.node]];
  if (card) reveal(card.group);
}

function turnOn(step) {
  const card = cards[level.cardOf[step.node]];
  if (!card) return; // none, or one of another sample
  const kind = step.kind === "forward" || step.kind === "update" ? "forward" : "backward";
  const turn = (group, ...more) => { lit.push(group); group.classList.add("lit", kind, ...more); };
  turn(card.group);
  lit.push(...point(card, step));
  if (step.kind === "forward") wires.filter((wire) => wire.uses.some(([child]) => child === step.node)).forEach((wire) => turn(wire.group));
  const wire = step.kind === "backward" && wireOf.get(`${step.child},${step.slot}`);
  if (wire) { turn(wire.group); turn(cards[wire.head].group, "source"); }
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

function choose(i, k = 0) {
  selected = i === selected && k === chosen ? null : i;
  chosen = k;
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
  const card = cards[selected], isGrid = card.values.length > 1;
  const count = pathsFrom(selected), i = card.members[isGrid ? chosen : 0], steps = level.derivations[i];
  hint.textContent = `${isGrid ? level.shown[i] : card.members.map((k) => level.shown[k]).slice(0, 3).join(", ")}: `
    + (selected === cards.length - 1 ? "the loss itself" : `${count.toLocaleString("en")} path${count === 1 ? "" : "s"} to the loss`);
  const round = roundOf(position - 1);
  box.replaceChildren(hint, ...inMatrices(selected), ...(steps ?? []).map((lines) => derived(lines, round)));
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
