// A network from afar: of each layer W, z and a, and going back ∂C/∂W, δ and ∂C/∂a, as heat maps: green above 0, purple below.

import { graph } from "./data.js";
import { shown, spread } from "./numbers.js";
import { roundOf, state, stateAt } from "./state.js";
import { setWorld } from "./camera.js";
import { backOf, calledAt, isNetwork, netOf } from "./netgraph.js";
import { colours, onUnder, repaint, rgb } from "./under.js";
import { clamp, element, placeTip, svg, write } from "./svg.js";

const LONG = 140, TINIEST = 1.5, LARGEST_CELL = 20, COLUMN = 42, BAR = 20, EDGE = 10, BETWEEN = 24, LEAST = 88; // pixels
const TITLE_ROOM = 48, CAPTION_ROOM = 17, RANGE_ROOM = 18;
const PALEST = 0.05, DEEPEST = 0.92; // of the colour of a cell

const sight = { blocks: [], maps: [] };

/** Draw a block for each column of the network; what stands for each node: the cells of its number and its gradient. */
export function drawBlocks() {
  const { columns } = netOf(), cells = [];
  sight.maps = [];
  sight.blocks = columns.map((column) => (column.kind === "layer" ? layerBlock(column, cells) : plainBlock(column, cells)));
  const stacks = [];
  for (const block of sight.blocks) block.column.kind === "target" && stacks.length ? stacks[stacks.length - 1].push(block) : stacks.push([block]);
  const tall = stacks.map((some) => some.reduce((sum, each) => sum + each.h + 16, -16)), high = Math.max(...tall);
  let x = 0;
  stacks.forEach((some, s) => { placeStack(some, x, (high - tall[s]) / 2); x += Math.max(...some.map((each) => each.w)) + BETWEEN; });
  for (const map of sight.maps) Object.assign(map, { left: map.block.x + map.x, top: map.block.y + map.y });
  const arrows = stacks.slice(1).map(([block], s) => { const before = stacks[s][0], y0 = before.y + before.h / 2, y1 = block.y + block.h / 2, [x0, x1] = [before.x + before.w + 3, block.x - 3];
    return svg("path", { class: "flow", d: `M${x0},${y0}C${(x0 + x1) / 2},${y0} ${(x0 + x1) / 2},${y1} ${x1},${y1}`, "marker-end": "url(#arrow)" }); });
  element("world").replaceChildren(svg("g", { class: "wires" }, ...arrows), svg("g", { class: "cards" }, ...sight.blocks.map((each) => each.group)), svg("g", { id: "tokens", "aria-hidden": "true" }));
  setWorld([x - BETWEEN, high], sight.blocks);
  return cells;
}

function placeStack(some, x, top) {
  const wide = Math.max(...some.map((each) => each.w));
  let y = top;
  for (const block of some) {
    Object.assign(block, { x: x + (wide - block.w) / 2, y });
    block.group.setAttribute("transform", `translate(${block.x},${block.y})`);
    y += block.h + 16;
  }
}

function blockOf(column, w, h, title, note) {
  const group = svg("g", { class: `block ${column.kind}` }, svg("rect", { class: "paper", width: w, height: h, rx: 8 }), svg("path", { class: "head", d: `M0,26V8Q0,0 8,0H${w - 8}Q${w},0 ${w},8V26Z` }));
  const block = { group, w, h, x: 0, y: 0, column, box: { role: column.kind === "loss" ? "loss" : column.kind === "input" ? "input" : "operation" }, isRow: false };
  label_(group, w / 2, 18, "title named", title, w - 10);
  if (note) label_(group, w / 2, 41, "note", note, w - 10);
  return block;
}

function label_(group, x, y, kind, words, room) {
  const text = svg("text", { class: kind, x, y });
  write(text, words, room);
  group.append(text);
  return text;
}

function layerBlock(column, cells) {
  const some = column.neurons, m = some.length, n = some[0].w.length, s = clamp(LONG / Math.max(m, n), TINIEST, LARGEST_CELL);
  const wide = Math.max(n * s, LEAST), w = Math.ceil(EDGE + wide + 14 + 2 * COLUMN + 4), part = CAPTION_ROOM + m * s + RANGE_ROOM, h = Math.ceil(TITLE_ROOM + 2 * part + 4), l = column.number;
  const root = graph.shown[graph.shown.length - 1], before = l > 1 ? `a${l - 1}`.replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]) : "x", fires = !column.nodes.length ? "a = softmax(z)" : column.fires === "linear" ? "a = z" : `a = ${column.fires}(z)`;
  const block = blockOf(column, w, h, `layer ${l} · ${m} neuron${m > 1 ? "s" : ""}`, `z = W ${before} + b, ${fires}`);
  const tops = [TITLE_ROOM, TITLE_ROOM + part], left = EDGE + wide + 14;
  const weights = some.map((each) => each.w), shift = EDGE + (wide - n * s) / 2;
  addMap(block, "W", weights, shift, tops[0], s, s, (round) => (place) => round.values[place]);
  addMap(block, `∂${root}/∂W`, weights, shift, tops[1], s, s, (_, back) => (place) => back.get(place) ?? 0);
  addMap(block, "z", some.map((each) => [each.z]), left, tops[0], BAR, s, (round) => (place) => round.values[place]);
  addMap(block, "δ", some.map((each) => [each.z]), left, tops[1], BAR, s, (_, back) => (place) => back.get(place) ?? 0);
  if (column.nodes.length) addNodes(block, column, "a", `∂${root}/∂a`, left + COLUMN, tops, s, cells);
  return block;
}

function plainBlock(column, cells) {
  const m = column.nodes.length, s = clamp(LONG / Math.max(m, 7), TINIEST, LARGEST_CELL), part = CAPTION_ROOM + m * s + RANGE_ROOM, root = graph.shown[graph.shown.length - 1];
  const isOne = m === 1, title = column.kind === "softmax" ? "softmax" : column.title || "values", w = Math.max(96, 8 * title.length + 16);
  const block = blockOf(column, w, Math.ceil(34 + 2 * part), title, "");
  addNodes(block, column, isOne ? state.level.shown[column.nodes[0]] : "data", isOne ? "grad" : `grad of ${root}`, w / 2 - BAR / 2, [34, 34 + part], s, cells);
  return block;
}

/** A heat map of places, and under it the range of its numbers. */
function addMap(block, caption, places, x, y, wide, high, number) {
  const map = { block, places, x, y: y + CAPTION_ROOM, wide, high, number, caption, w: places[0].length * wide, h: places.length * high, image: null, isKnown: () => true };
  label_(block.group, x + map.w / 2, y + 12, "word middle", caption, 0);
  block.group.append(svg("rect", { class: "frame", x: x - 0.5, y: map.y - 0.5, width: map.w + 1, height: map.h + 1 }));
  map.range = label_(block.group, x + map.w / 2, map.y + map.h + 14, "range middle", "", 0);
  if (wide === BAR) map.range.remove();
  sight.maps.push(map);
  return map;
}

/** The numbers of a column and their gradients: cells of their own, which say them in full. */
function addNodes(block, column, up, down, x, tops, s, cells) {
  const places = column.nodes.map((i) => [state.level.nodes[i]]);
  const maps = [addMap(block, up, places, x, tops[0], BAR, s, () => null), addMap(block, down, places, x, tops[1], BAR, s, () => null)];
  column.nodes.forEach((i, k) => {
    const rects = maps.map((map, side) => svg("rect", { class: "node cell", role: "img", x: map.x, y: map.y + k * s, width: BAR, height: s, [side ? "data-grad-of" : "data-value-of"]: state.level.names[i] }));
    Object.entries({ "data-card": state.level.cardOf[i], tabindex: 0, role: "button" }).forEach(([name, value]) => rects[0].setAttribute(name, String(value)));
    block.group.append(...rects);
    cells[i] = { i, group: rects[0], spot: rects[0], gradSpot: rects[1], area: block };
  });
  maps.forEach((map, side) => Object.assign(map, { nodes: column.nodes, side }));
  if (column.nodes.length === 1) maps.forEach((map) => { map.range = label_(block.group, x + BAR / 2, map.y + s + 14, `${map.side ? "grad" : "data"} range middle`, "", 90); });
}

// ── the state of things ──

/** Colour every cell at a position. */
export function paintBlocks(now, round, back) {
  for (const map of sight.maps) {
    const number = map.nodes ? null : map.number(round, back), rows = map.nodes ? map.nodes.map((i) => [nodeNumber(map.side, i, now)]) : map.places.map((row) => row.map(number));
    const layer = nodesBehind(map.block.column), isBack = /[∂δ]/.test(map.caption), known = map.nodes || map.caption === "W" || layer.every((i) => (isBack ? now.complete[i] : now.known[i]));
    map.rows = known ? rows : rows.map((row) => row.map(() => null));
    if (map.nodes) map.nodes.forEach((i, k) => sayCell(map, i, k, rows[k][0]));
    const all = map.rows.flat().filter((x) => x !== null);
    if (map.range) write(map.range, all.length ? spread(all, 3)[0] : "–", Math.max(map.w + 20, 90));
    shadeMap(map, all);
  }
  repaint();
}

/** The values that leave a layer; of one whose softmax is the next column, those of that. */
function nodesBehind(column) {
  const { columns } = netOf();
  return column.nodes.length ? column.nodes : columns[columns.indexOf(column) + 1].nodes;
}

const cellFor_ = (map, k) => map.block.group.querySelectorAll(map.side ? "[data-grad-of]" : "[data-value-of]")[k];
/** What a cell of a value or a gradient says, in full and aloud. */
function sayCell(map, i, k, x) {
  const rect = cellFor_(map, k), name = state.level.shown[i], root = graph.shown[graph.shown.length - 1];
  if (x === null) delete rect.dataset.exact;
  else rect.dataset.exact = String(x);
  rect.setAttribute("aria-label", `${map.side ? `∂${root}/∂${name}` : name}: ${x === null ? "not computed yet" : shown(x)}`);
}

const nodeNumber = (side, i, now) => (side ? (now.shares[i] ? now.grad[i] : null) : now.known[i] ? now.values[i] : null);

/** A map as an image of one pixel a cell. */
function shadeMap(map, all) {
  const [rows, columns] = [map.rows.length, map.rows[0].length], most = Math.max(...all.map(Math.abs).filter(Number.isFinite), 1e-300), hues = colours();
  map.image ??= Object.assign(document.createElement("canvas"), { width: columns, height: rows });
  const pen = map.image.getContext("2d"), pixels = pen.createImageData(columns, rows), paper = rgb(hues.paper), ends = [rgb(hues.below), rgb(hues.above)];
  map.rows.flat().forEach((x, k) => {
    const share = x ? PALEST + (DEEPEST - PALEST) * Math.min(1, Math.abs(x) / most) : 0, end = ends[Number(x > 0)];
    for (let c = 0; c < 3; c++) pixels.data[4 * k + c] = paper[c] + (end[c] - paper[c]) * share;
    pixels.data[4 * k + 3] = 255;
  });
  pen.putImageData(pixels, 0, 0);
}

onUnder((pen) => {
  if (!isNetwork() || state.level.level !== "layer") return;
  pen.imageSmoothingEnabled = false;
  for (const { image, left, top, w, h } of sight.maps) if (image) pen.drawImage(image, left, top, w, h);
});

/** The number of a cell under the pointer. */
function pointAtCell(event) {
  if (!isNetwork() || state.level.level !== "layer" || event.buttons) return;
  const at = element("world").getCTM(), box = element("canvas").getBoundingClientRect(), x = (event.clientX - box.left - at.e) / at.a, y = (event.clientY - box.top - at.f) / at.d, tip = element("tip");
  const map = sight.maps.find((each) => !each.nodes && x >= each.left && x < each.left + each.w && y >= each.top && y < each.top + each.h);
  if (!map) { if (!event.target.closest(".node")) tip.hidden = true; return; }
  const j = Math.floor((y - map.top) / map.high), k = Math.floor((x - map.left) / map.wide), place = map.places[j]?.[k], round = state.rounds[roundOf(state.position - 1)], now = stateAt(state.position);
  if (place === undefined) return;
  const name = calledAt(place), root = graph.shown[graph.shown.length - 1];
  tip.hidden = false;
  tip.textContent = `${name} = ${shown(round.values[place])} · ∂${root}/∂${name} = ${now.over ? shown(backOf(round).get(place) ?? 0) : "–"}`;
  placeTip(event.clientX - box.left, event.clientY - box.top);
}

export function listenToBlocks() {
  element("canvas").addEventListener("pointermove", pointAtCell);
}
