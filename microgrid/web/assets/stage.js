// The stage: cards and wires where Graphviz has placed them, the current step, and a chosen value's ways to the loss.

import { graph } from "./data.js";
import { bracketed, filled, rms, shown } from "./numbers.js";
import { passed } from "./levels.js";
import { choose, listen, state, stateAt } from "./state.js";
import { happened } from "./stops.js";
import { drawCards } from "./cards.js";
import { loads, membersOf, paintCards, paintWires } from "./paint.js";
import { READABLE, camera, frame, see, setWorld } from "./camera.js";
import { drawApart, showApart } from "./apart.js";
import { element, placeTip, svg } from "./svg.js";
import { editable } from "./dragging.js";

/** @type {{cards: any[], wires: any[], wireOf: Map<string, any>, layout: any, direction: string}} */
export const stage = { cards: [], wires: [], wireOf: new Map(), layout: null, direction: "" };

// ── drawing ──

export function drawStage() {
  if (state.level.drawn) { Object.assign(stage, { cards: [], wires: [], layout: null }); return drawApart(); }
  const { level } = state, world = element("world");
  stage.direction = preferred(level);
  stage.layout = level.layouts[stage.direction];
  stage.cards = drawCards();
  const standing = stage.cards.filter((card) => card && !card.isRow);
  standing.forEach(place);
  stage.wires = level.wires.filter(isWire).map(drawWire);
  world.replaceChildren(svg("g", { class: "wires" }, ...stage.wires.map((wire) => wire.group)), svg("g", { class: "cards" }, ...standing.flatMap((card) => [card.group, ...card.leaves.map((row) => row.group)])), svg("g", { id: "tokens", "aria-hidden": "true" }));
  element("canvas").setAttribute("aria-label", `Computation graph: ${level.words}`);
  stage.cards.forEach((card) => card && attend(card));
  nameCells();
  setWorld(stage.layout.size, standing);
  showChoice();
}

/** Which of the two layouts the window has more room for. */
function preferred(level) {
  const { width, height } = element("stage").getBoundingClientRect();
  const fit = (direction) => { const [w, h] = level.layouts[direction].size; return Math.min(width / w, height / h, 1); };
  return fit("LR") < READABLE && fit("TB") > fit("LR") ? "TB" : "LR";
}

function place(card) {
  const [x, y] = stage.layout.cards[card.i];
  Object.assign(card, { x: x - card.w / 2, y: y - card.h / 2 });
  card.group.setAttribute("transform", `translate(${card.x},${card.y})`);
  for (const row of card.leaves) row.group.setAttribute("transform", `translate(${card.x},${card.y + row.y})`);
}

const isWire = ([head, slot]) => { const box = state.level.boxes[head]; return box.many ? true : box.rows[slot][1] === "wire"; };

function drawWire(each, k) {
  const [head, slot, tail] = each, d = stage.layout.paths[k] || straight(tail, head);
  const line = svg("path", { class: "line", d, "marker-end": "url(#arrow)" });
  const group = svg("g", { "data-wire": `${head}_${slot}`, class: "wire", tabindex: -1, role: "img", "aria-label": `wire from ${nameOf(tail)} to ${nameOf(head)}` }, svg("path", { class: "grip", d }), line);
  const wire = { head, slot, tail, group, line, uses: state.level.usesOf(each), look: "" };
  group.addEventListener("pointerenter", () => hover(wire));
  group.addEventListener("focus", () => hover(wire));
  for (const name of ["pointerleave", "blur"]) group.addEventListener(name, () => hover(null));
  group.addEventListener("keydown", (event) => {
    const card = { ArrowDown: stage.cards[head], ArrowUp: stage.cards[tail] }[event.key];
    if (card) { card.group.focus(); event.preventDefault(); event.stopPropagation(); }
  });
  return wire;
}

const nameOf = (card) => state.level.boxes[card]?.title ?? state.level.shown[state.level.cards[card][0]];

function straight(tail, head) {
  const [a, b] = [stage.layout.cards[tail], stage.layout.cards[head]];
  return `M${a}L${b}`;
}

/** What happens to a card that is clicked or has the focus. */
function attend(card) {
  let followed = -1;
  card.group.addEventListener("click", (event) => {
    choose(card.i, Math.max(0, card.cells.findIndex((cell) => [cell.value, cell.grad, cell.rect, cell.gradRect].includes(event.target))));
    event.stopPropagation();
  });
  card.group.addEventListener("focus", () => see([card]));
  card.group.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") choose(card.i);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const some = stage.wires.filter((wire) => (event.key === "ArrowDown" ? wire.tail : wire.head) === card.i);
      if (some.length) some[(followed = (followed + 1) % some.length)].group.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  for (const cell of card.cells) {
    const placeNow = () => state.level.nodes[membersOf(cell)[0]];
    if (cell.k >= 0 && graph.editable.includes(placeNow())) editable(cell.value, placeNow);
  }
}

/** What each number is called, and which uses each wire stands for, at the sample that is shown. */
export function nameCells() {
  const { level } = state;
  for (const card of stage.cards) {
    if (!card) continue;
    for (const cell of card.cells) {
      const members = membersOf(cell), name = members.length === 1 ? level.names[members[0]] : nameOfAll(card);
      cell.value.dataset.valueOf = name;
      if (cell.grad) cell.grad.dataset.gradOf = name;
    }
    if (card.ranges) card.ranges.forEach((text, side) => (text.dataset.range = ["value", "grad"][side]));
  }
  stage.wireOf = new Map();
  const all = level.wires.filter(isWire);
  stage.wires.forEach((wire, k) => {
    wire.uses = level.usesOf(all[k]);
    wire.uses.forEach(([child, slot]) => stage.wireOf.set(`${child},${slot}`, wire));
  });
}

/** The name of an array, by that of its first element; a layer has one name for all it shows. */
const nameOfAll = (card) => (card.box.grid ? state.level.names[state.level.cards[card.i][0]].replace(/\[[0-9,]+\](?= at sample [0-9]+$|$)/, "") : card.box.title);

// ── the state of things ──

/** Paint everything at the position; `follows`: and bring the step into view. */
export function showStage(follows = true) {
  if (state.level.drawn) return showApart(follows);
  const now = stateAt(state.position);
  paintCards(stage.cards, now);
  paintWires(stage.wires, now);
  light(happened(state.position), follows);
}

let lit = [];

/** The cards and the wires that what has just happened is about; the last of them is the current one. */
function light(event, follows) {
  lit.forEach((group) => { group.classList.remove("lit", "forward", "backward", "source", "now"); group.removeAttribute("data-current"); });
  lit = [];
  const all = event.filter((step) => step.kind !== "complete"), shown_ = all.length ? all : event, seen = new Set();
  for (const step of shown_) turnOn(step).forEach((card) => seen.add(card));
  const last = shown_.at(-1), current = last && currentOf(last);
  if (current) { lit.push(current); current.setAttribute("data-current", last.kind); }
  if (follows && seen.size) see([...seen], current);
}

function turnOn(step) {
  const card = stage.cards[state.level.cardOf[step.node]];
  if (!card) return []; // none, or one of another sample
  const kind = step.kind === "forward" || step.kind === "update" ? "forward" : "backward";
  const turn = (group, ...more) => { lit.push(group); group.classList.add("lit", kind, ...more); };
  turn(card.group);
  const cell = cellFor(card, step), rect = cell && (kind === "forward" ? cell.rect : cell.gradRect);
  if (rect) { rect.classList.add("now"); lit.push(rect); }
  if (step.kind === "forward") stage.wires.filter((wire) => wire.uses.some(([child]) => child === step.node)).forEach((wire) => turn(wire.group));
  const found = [card];
  if (step.kind === "backward") {
    const wire = stage.wireOf.get(`${step.child},${step.slot}`), head = stage.cards[state.level.cardOf[step.child]];
    if (wire) turn(wire.group);
    if (head && !head.isRow) { turn(head.group, "source"); found.push(head); }
  }
  return found;
}

const cellFor = (card, step) => card.cells.find((cell) => membersOf(cell).includes(step.node));

/** The element that the step ends in: the card or the row, and of a large card its cell. */
function currentOf(step) {
  const card = stage.cards[state.level.cardOf[step.node]];
  if (!card) return null;
  const cell = cellFor(card, step), rect = step.kind === "forward" ? cell?.rect : cell?.gradRect;
  return rect ?? card.group;
}

// ── a wire under the pointer ──

/** Local × upstream of a wire; and it lights up with its row and its ends. */
export function hover(wire) {
  element("stage").querySelectorAll(".hovered").forEach((each) => each.classList.remove("hovered"));
  const tip = element("tip");
  tip.hidden = !wire;
  if (!wire) return;
  const row = stage.cards[wire.head].rows.find((each) => each.slot === wire.slot || each.kind === "many");
  for (const group of [wire.group, row?.group]) group?.classList.add("hovered");
  tip.textContent = toldOf(wire);
  wire.group.setAttribute("aria-label", tip.textContent);
  const middle = wire.line.getPointAtLength(wire.line.getTotalLength() / 2), { x, y } = frame(middle);
  placeTip(x, y);
}

function toldOf(wire) {
  const { level } = state, now = stateAt(state.position), view = state.views[now.r];
  const [child, slot] = wire.uses[0], parent = level.parents[child][slot], known = now.known[child], above = now.complete[child];
  const sent = state.covered ? wire.uses.every(([head, k]) => level.order[head][k] < now.turns) : above; // what will be asked for stays hidden
  if (wire.uses.length > 1) return `${wire.uses.length} wires; together they carry ${above && sent ? shown(rms(loads(wire, view))) : "–"} (root mean square)`;
  const of = bracketed(level.shown[child]), by = bracketed(level.shown[parent]), top = level.shown[level.shown.length - 1];
  const numbers = { p: known && (sent || !state.covered) ? view.slopes[child][slot] ?? 0 : null, u: above ? view.grad[child] ?? 0 : null,
    c: known && above && sent ? passed(view, child, slot) : null };
  return filled(`local × upstream:  ∂${of}/∂${by} · ∂${bracketed(top)}/∂${of} = \ue000p\ue001 · \ue000u\ue001 = \ue000c\ue001`, (what) => numbers[what]);
}

// ── a chosen value ──

/** The cards and wires on the ways from the chosen card to the loss. */
export function showChoice() {
  if (state.level.drawn) return;
  const { selected } = state, on = new Set(selected === null ? [] : [selected]);
  const uses = selected === null ? [] : state.level.wires.slice().sort((a, b) => a[0] - b[0]);
  for (const [head, , tail] of uses) if (on.has(tail) && tail !== head) on.add(head);
  const mark = (group, is) => { group.classList.toggle("on-path", selected !== null && is); group.classList.toggle("off-path", selected !== null && !is); };
  stage.cards.forEach((card) => {
    if (!card) return;
    mark(card.group, on.has(card.i));
    card.group.classList.toggle("chosen", card.i === selected);
    card.group.setAttribute("aria-pressed", String(card.i === selected));
  });
  stage.wires.forEach((wire) => mark(wire.group, on.has(wire.tail) && on.has(wire.head)));
}

listen("choice", showChoice);
listen("level", drawStage);
new ResizeObserver(() => {
  if (!stage.layout) return;
  if (preferred(state.level) !== stage.direction) { drawStage(); showStage(); }
  else { camera.refit(); showStage(); }
}).observe(element("stage"));
element("canvas").addEventListener("click", (event) => { if (!event.target.closest("[data-card], [data-wire]") && state.selected !== null) choose(null); });
