// A network as columns of discs: filled by a, ringed by δ; an open neuron is the card of its operations.

import { data } from "./data.js";
import { shown } from "./numbers.js";
import { choose, listen, state, stateAt, turnTo } from "./state.js";
import { happened } from "./stops.js";
import { READABLE, see, setWorld } from "./camera.js";
import { clamp, element, placeTip, svg, width, write } from "./svg.js";
import { backOf, deltaOf, isNetwork, lens, netOf, turnLens, watchLens } from "./netgraph.js";
import { cardOfNeuron, paintNeuron } from "./inside.js";
import { drawEdges, paintEdges } from "./edges.js";
import { onUnder } from "./under.js";
import { drawBlocks, paintBlocks } from "./blocks.js";

const TALL = 640, HEAD = 40, WIDEST = 330, NARROWEST = 80, APART = 44; // world pixels: the height of a column, of its title; gaps
const SMALLEST_TEXT = 11.95; // pixels on the screen
const NUMBER = 0.78; // the size of the number in a disc, of its radius

/** @type {{discs: any[], columns: any[], size: number[]}} */
export const field = { discs: [], columns: [], size: [1, 1] };

// ── drawing ──

/** Draw the network of the level: by neurons or, from afar, by layers. */
export function drawNetwork() {
  const { columns } = netOf();
  if (state.level.level === "layer") {
    field.discs = drawBlocks();
    return afterDrawing();
  }
  lens.lit = new Map();
  field.discs = [];
  columns.forEach((column) => column.nodes.forEach((i) => (field.discs[i] = lens.open.has(i) ? openDisc(i) : disc(i, column))));
  layOut(columns);
  const titles = columns.map(titled), world = element("world");
  world.replaceChildren(svg("g", { class: "wires" }), svg("g", { class: "titles" }, ...titles), svg("g", { class: "cards" }, ...field.discs.map((each) => each.group)), svg("g", { id: "tokens", "aria-hidden": "true" }));
  drawEdges(field.discs, world.firstChild);
  columns.forEach((column) => (column.isTiny = false));
  setWorld(field.size, field.discs);
  afterDrawing();
}

function afterDrawing() {
  const { width: w, height: h } = element("stage").getBoundingClientRect();
  if (field.size[0] * READABLE <= w && field.size[1] * READABLE <= h) element("map").toggleAttribute("hidden", true);
  element("canvas").setAttribute("aria-label", `Network: ${state.level.words}`);
  element("stage").classList.toggle("blocks", state.level.level === "layer");
  field.discs.forEach((each) => each && attendDisc(each));
  markChosen();
}

function disc(i, column) {
  const kind = column.kind, name = state.level.shown[i], named = state.level.names[i];
  const group = svg("g", { class: `disc ${kind}`, "data-card": i, tabindex: 0, role: "button" });
  const fill = svg("circle", { class: "fill", "data-value-of": named }), ring = svg("circle", { class: "ring", "data-grad-of": named });
  const text = svg("text", { class: "in" }), label = svg("text", { class: "label" });
  const halo = svg("circle", { class: "halo" }), paper = svg("circle", { class: "paper" });
  label.textContent = kind === "layer" && column.nodes.length > 6 ? "" : name.split(".").pop();
  if (kind === "input" || kind === "layer") group.classList.add("mapped");
  group.append(halo, paper, fill, ring, text, label);
  return { i, group, fill, ring, text, label, halo, paper, kind, isOpen: false, box: { role: kind === "loss" ? "loss" : kind === "input" ? "input" : "operation" }, rows: [], isRow: false, x: 0, y: 0, w: 0, h: 0 };
}

function openDisc(i) {
  const made = cardOfNeuron(i);
  return { ...made, i, kind: "layer", isOpen: true, box: { role: "operation" }, rows: [], isRow: false, x: 0, y: 0 };
}

/** Places for all: columns from left to right, each about the middle; targets stand below what they are for. */
function layOut(columns) {
  const stage = element("stage").getBoundingClientRect(), stacks = stacked(columns), tall = stacks.map((some) => some.reduce((sum, column) => sum + sizeColumn(column, some) + APART, -APART));
  const high = Math.max(...tall), k = clamp(stage.height / (high + HEAD + 40), 0.93, 1.5), room = stage.width / k - 124;
  const wide = stacks.map((some) => Math.max(...some.flatMap((column) => column.nodes.map((i) => field.discs[i].w))));
  const crowds = stacks.slice(1).map((some, s) => 1 + 0.5 * Math.min(2.4, Math.log2(1 + Math.min(some[0].nodes.length, stacks[s][0].nodes.length)))), shares = crowds.reduce((sum, each) => sum + each, 0);
  const free = Math.max(room - wide.reduce((sum, each) => sum + each, 0), NARROWEST * crowds.length);
  let x = 52;
  stacks.forEach((some, s) => {
    let y = HEAD + (high - tall[s]) / 2;
    for (const column of some) { y = placeColumn(column, x, y, wide[s]) + APART; }
    x += wide[s] + (s < crowds.length ? clamp((free * crowds[s]) / shares, NARROWEST, WIDEST) : 0);
  });
  field.size = [x + 66, high + HEAD];
}

/** Columns, each with those that stand below it. */
function stacked(columns) {
  const found = [];
  for (const column of columns) column.kind === "target" && found.length ? found[found.length - 1].push(column) : found.push([column]);
  return found;
}

function placeColumn(column, x, top, wide) {
  let y = top;
  for (const i of column.nodes) {
    const each = field.discs[i];
    Object.assign(each, { x: x + (wide - each.w) / 2, y });
    y += each.h + column.space;
    each.group.setAttribute("transform", each.isOpen ? `translate(${each.x},${each.y})` : `translate(${each.x + each.w / 2},${each.y + each.h / 2})`);
  }
  Object.assign(column, { x: x + wide / 2, top });
  return y - column.space;
}

/** How large the discs of a column are; its height. Open neurons leave less room to the others. */
function sizeColumn(column, stack) {
  const open = column.nodes.filter((i) => field.discs[i].isOpen), taken = open.reduce((sum, i) => sum + field.discs[i].h + 14, 0);
  const pitch = clamp((TALL - 90 * (stack.length - 1) - taken) / Math.max(1, column.nodes.length - open.length), open.length ? 15 : 10, 76), r = Math.min(pitch * 0.435, 27);
  for (const i of column.nodes) if (!field.discs[i].isOpen) sizeDisc(field.discs[i], r);
  Object.assign(column, { space: pitch - 2 * r, r });
  return column.nodes.reduce((sum, i) => sum + field.discs[i].h + column.space, -column.space);
}

function sizeDisc(each, r) {
  Object.assign(each, { r, w: 2 * r, h: 2 * r });
  for (const [circle, more] of [[each.halo, 6], [each.paper, 0], [each.fill, 0], [each.ring, 1.5]]) circle.setAttribute("r", String(r + more));
  each.text.style.fontSize = `${r * NUMBER}px`;
  each.text.setAttribute("y", String(r * NUMBER * 0.36));
  const isLeft = each.kind === "input";
  for (const [name, value] of Object.entries({ x: isLeft ? -r - 9 : r + 9, y: 4.5, "text-anchor": isLeft ? "end" : "start" })) each.label.setAttribute(name, String(value));
}

function titled(column) {
  const group = svg("g", { class: "columntitle", transform: `translate(${column.x},${column.top - (column.kind === "layer" || column.kind === "softmax" || column.kind === "input" ? 26 : 12)})` });
  const [first, second] = [svg("text", { class: "title named" }), svg("text", { class: "note", y: 15 })];
  first.textContent = column.title;
  second.textContent = column.kind === "layer" || column.kind === "softmax" ? `${column.fires} · ${column.nodes.length}` : column.kind === "input" ? `${column.nodes.length} numbers` : "";
  group.append(first, second);
  return group;
}

// ── the state of things ──

/** Paint everything at the position; `follows`: and bring the step into view. */
export function showNetwork(follows = true) {
  const now = stateAt(state.position), round = state.rounds[now.r], back = backOf(round);
  lightNetwork(happened(state.position), follows);
  if (state.level.level === "layer") return paintBlocks(now, round, back);
  for (const column of netOf().columns) paintColumn(column, now, round, back);
  paintEdges(now, round, back);
}

function paintColumn(column, now, round, back) {
  const view = state.views[now.r], values = column.nodes.map((i) => now.values[i]), most = Math.max(...values.map(Math.abs).filter(Number.isFinite), 1e-300);
  const deltas = netOf().columns.filter((each) => each.kind !== "target").flatMap((each) => each.nodes.map((i) => Math.abs(deltaOf(i, back)))), steepest = Math.max(...deltas.filter(Number.isFinite), 1e-300);
  for (const i of column.nodes) {
    const each = field.discs[i];
    if (each.isOpen) paintNeuron(each, now, round, back);
    else paintDisc(each, now, view, back, most, steepest);
    each.group.setAttribute("aria-label", `${state.level.shown[i]}: data ${now.known[i] ? shown(now.values[i]) : "not computed yet"}${now.shares[i] ? `, gradient ${now.complete[i] ? "" : "so far "}${shown(now.grad[i])}` : ""}`);
  }
}

function paintDisc(each, now, view, back, most, steepest) {
  const { i, fill, ring, text } = each, x = now.values[i], known = now.known[i], d = deltaOf(i, back);
  sign(fill, known ? x : NaN);
  fill.setAttribute("fill-opacity", known ? (0.1 + 0.75 * Math.min(1, Math.abs(x) / most)).toFixed(3) : "0");
  exact(fill, known ? x : null);
  const reached = now.shares[i] > 0, grad = reached ? now.grad[i] : null;
  exact(ring, grad);
  const share = Math.min(1, Math.sqrt(Math.abs(d) / steepest));
  sign(ring, reached ? d : NaN);
  ring.setAttribute("stroke-width", reached ? (0.8 + 4 * share).toFixed(2) : "1");
  ring.classList.toggle("so-far", reached && !now.complete[i]);
  text.classList.toggle("ghost", !known);
  write(text, state.covered && !known ? "" : inDisc(x), 0);
  squeeze(text, 2 * each.r - 4);
}

/** A number of at most five characters, if it can be. */
function inDisc(x) {
  const words = shown(x, 2);
  return words.length > 5 ? shown(x, 1) : words;
}

/** A number in a disc is squeezed where it has too little room. */
function squeeze(text, room) {
  const size = parseFloat(text.style.fontSize), wide = (width(text.words ?? "", "600") * size) / 13;
  if (wide > room) { text.setAttribute("textLength", String(room)); text.setAttribute("lengthAdjust", "spacingAndGlyphs"); }
  else text.removeAttribute("textLength");
}

export function sign(shape, x) {
  shape.classList.toggle("above", x > 0);
  shape.classList.toggle("below", x < 0);
}

export function exact(shape, x) {
  if (x === null) delete shape.dataset.exact;
  else shape.dataset.exact = String(x);
}

let glowing = [];

/** The discs that what has just happened is about; the last of them is the current one. */
function lightNetwork(event, follows) {
  glowing.forEach((group) => { group.classList.remove("lit", "forward", "backward", "source"); group.removeAttribute("data-current"); });
  glowing = [];
  const all = event.filter((step) => step.kind !== "complete"), steps = all.length ? all : event, seen = new Set();
  lens.lit = new Map();
  for (const step of steps) {
    const kind = step.kind === "forward" || step.kind === "update" ? "forward" : "backward";
    glow(step.node, kind, seen);
    if (step.kind === "backward") { glow(step.child, kind, seen, "source"); lens.lit.set(`${step.child},${step.slot}`, kind); }
    if (step.kind === "forward") state.level.parents[step.node].forEach((_, slot) => lens.lit.set(`${step.node},${slot}`, kind));
  }
  const last = steps.at(-1), current = last && field.discs[last.node];
  const spot = current && spotOf(current, last.kind);
  if (spot) { glowing.push(spot); spot.setAttribute("data-current", last.kind); }
  if (follows && seen.size) see([...seen].map(areaFor), spot ?? null);
}

const spotOf = (each, kind = "forward") => (kind === "forward" || kind === "update" ? each.spot : each.gradSpot) ?? each.group, areaFor = (each) => each.area ?? each;

function glow(i, kind, seen, ...more) {
  const each = field.discs[i];
  if (!each) return;
  const group = spotOf(each, kind);
  glowing.push(group);
  group.classList.add("lit", kind, ...more);
  seen.add(each);
}

// ── what a person does with a disc ──

function attendDisc(each) {
  const { i } = each, group = spotOf(each);
  const over = (is) => { turnLens({ over: is ? i : -1 }); tipOf(is && !each.isOpen ? each : null); };
  group.addEventListener("pointerenter", () => over(true));
  group.addEventListener("pointerleave", () => over(false));
  group.addEventListener("focus", () => { see([areaFor(each)]); over(true); });
  group.addEventListener("blur", () => over(false));
  group.addEventListener("click", (event) => { if (event.detail < 2) choose(cardFor_(i)); event.stopPropagation(); });
  group.addEventListener("dblclick", (event) => { toggleNeuron(i); event.preventDefault(); });
  group.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && state.selected === cardFor_(i)) toggleNeuron(i);
    else if (event.key === "Enter" || event.key === " ") choose(cardFor_(i));
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") beside_(i, event.key === "ArrowDown" ? 1 : -1)?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

const cardFor_ = (i) => state.level.cardOf[i];

/** The disc above or below, in its column. */
function beside_(i, way) {
  const { nodes } = netOf().columnOf[i], next = nodes[nodes.indexOf(i) + way];
  return next === undefined ? null : spotOf(field.discs[next]);
}

/** Open the operations of a neuron in its place, or close them. */
export function toggleNeuron(i) {
  if (!netOf().neuronOf.has(i)) return;
  if (state.level.level === "layer") return openFromLayers(state.level.nodes[i]);
  lens.open.has(i) ? lens.open.delete(i) : lens.open.add(i);
  drawNetwork();
  showNetwork(false);
  if (state.selected !== i) choose(i);
  see([field.discs[i]], field.discs[i].group);
  field.discs[i].group.focus({ preventScroll: true });
}

function openFromLayers(place) {
  const level = levelCalled("neuron");
  if (!level) return;
  turnTo(level);
  toggleNeuron(level.nodes.indexOf(place));
}

export const levelCalled = (name) => data.levels.find((each) => each.level === name && each.drawn === "network");

/** What a disc says under the pointer. */
function tipOf(each) {
  const tip = element("tip");
  tip.hidden = !each;
  if (!each) return;
  tip.textContent = wordsOf(each.i);
  const box = spotOf(each).getBoundingClientRect(), stage = element("stage").getBoundingClientRect();
  placeTip(box.left + box.width / 2 - stage.left, box.top - stage.top, box.bottom - stage.top + 10);
}

function wordsOf(i) {
  const now = stateAt(state.position), round = state.rounds[now.r], back = backOf(round), neuron = netOf().neuronOf.get(i), name = state.level.shown[i];
  const value = now.known[i] ? shown(now.values[i]) : "–", grad = now.shares[i] ? shown(now.grad[i]) : "–";
  if (!neuron) return `${name} = ${value} · ∂${rootName()}/∂${name} = ${grad}`;
  const z = neuron.fires && now.known[i] ? ` = ${neuron.fires}(${shown(round.values[neuron.z])})` : "";
  return `${name}${z} = ${value} · ∂${rootName()}/∂${name} = ${grad} · δ = ${now.complete[i] ? shown(deltaOf(i, back)) : "–"}`;
}

const rootName = () => state.level.shown[state.level.shown.length - 1];

/** The chosen disc, and what it takes part in. */
function markChosen() {
  if (!isNetwork()) return;
  field.discs.forEach((each) => {
    const is = each && state.selected === cardFor_(each.i);
    if (each) { spotOf(each).classList.toggle("chosen", is); spotOf(each).setAttribute("aria-pressed", String(is)); }
  });
  turnLens({});
}

/** Numbers that would be too small to read are not there. */
onUnder((pen, k) => {
  if (!isNetwork() || state.level.level === "layer") return;
  for (const column of netOf().columns) {
    const isTiny = column.r * NUMBER * k < SMALLEST_TEXT;
    if (column.isTiny !== isTiny) column.nodes.forEach((i) => field.discs[i].group.classList.toggle("tiny", isTiny));
    column.isTiny = isTiny;
  }
});

listen("choice", markChosen);
watchLens(() => { if (isNetwork()) element("stage").classList.toggle("isolates", lens.over >= 0); });
