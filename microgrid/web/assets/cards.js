// One card: its title, a row for each input, its numbers. Built once a level; what stands in it is `paint.js`'s.

import { data, graph } from "./data.js";
import { state } from "./state.js";
import { svg, width, write } from "./svg.js";

const G = data.geometry, [CELL, CELL_HEIGHT] = G.cell;
const GRADIENT = 66, SLOPE = 76, VALUE = 60; // columns of a row, as places.py has them
const NUMBERS = 0, CELLS = 1; // how a grid is shown

/**
 * What stands for one value of the level, or for all values of a card: `k` is its place among them, -1 for all.
 * @typedef {{card: any, k: number, value: any, grad: any, room: number, gradRoom?: number, rect?: any, gradRect?: any,
 *   bar?: any, barWidth?: number, isTitle?: boolean, isSmall?: boolean}} Cell
 * @returns {Cell}
 */
const cellOf = (card, k, value, grad, more = {}) => ({ card, k, value, grad, room: 0, ...more });

/** The cards of a level, in its order; one that is a row of another has that row for its group. */
export function drawCards() {
  const { level } = state, cards = level.boxes.map((box, i) => box && drawCard(box, i));
  level.wires.forEach(([head, slot, tail]) => {
    const row = cards[head]?.rows[slot];
    if (row?.kind === "leaf") cards[tail] = leafOf(row, tail, cards[head]);
  });
  return cards;
}

function drawCard(box, i) {
  const { w, h } = box, group = svg("g", { "data-card": i, class: `card ${box.role}`, tabindex: 0, role: "button" });
  const about = svg("title");
  about.textContent = box.formula ?? "";
  group.append(about, svg("rect", { class: "halo", x: -5, y: -5, width: w + 10, height: h + 10, rx: 11 }));
  group.append(svg("rect", { class: "paper", width: w, height: h, rx: 7 }), svg("path", { class: "head", d: headPath(w, G.title + G.note * (box.notes?.length ?? 0)) }));
  const title = svg("text", { class: box.named ? "title named" : "title", x: w / 2, y: 18 });
  title.textContent = box.title;
  if (width(box.title, "600") > w - 10) { title.setAttribute("textLength", String(w - 10)); title.setAttribute("lengthAdjust", "spacingAndGlyphs"); }
  group.append(title);
  (box.notes ?? []).forEach((note, k) => group.append(labelled(svg("text", { class: "note", x: w / 2, y: G.title + G.note * k + 9 }), note)));
  const card = { i, box, group, w, h, rows: [], leaves: [], cells: [], isRow: false, x: 0, y: 0 };
  const top = G.title + G.note * (box.notes?.length ?? 0);
  card.rows = box.many ? [manyRow(card, top)] : box.rows.map((each, slot) => rowOf(card, each, slot, top + G.row * slot));
  drawFoot(card, top + G.row * card.rows.length);
  return card;
}

const headPath = (w, height) => `M0,${height}V7Q0,0 7,0H${w - 7}Q${w},0 ${w},7V${height}Z`;

function labelled(text, words) {
  text.textContent = words;
  return text;
}

/** One input: its name, ∂, and of a leaf its number and gradient. */
function rowOf(card, [name, kind, says], slot, y) {
  const { w } = card, isLeaf = kind === "leaf", wide = card.box.rows.some((each) => each[1] === "leaf");
  const group = svg("g", { class: `row ${kind}`, "data-row": `${card.i}_${slot}`, transform: `translate(0,${y})` });
  const hue = svg("rect", { class: "hue", x: 1, width: w - 2, height: G.row });
  const partial = svg("text", { class: "partial", x: w - 8 - (wide ? GRADIENT : 0), y: 15 });
  const slope = card.box.slope ?? SLOPE, row = { kind, slot, group, partial, y, says, room: slope - 10, copy: null, hue };
  const before = kind === "wire" ? w - 21 - (wide ? GRADIENT : 0) - slope : w - 20 - (wide ? GRADIENT : 0) - slope - VALUE, label = svg("text", { class: "name", x: kind === "wire" ? 13 : 10, y: 15 });
  write(label, name, Math.max(before, 20));
  group.append(hue, label);
  if (kind === "wire") group.append(svg("circle", { class: "port", cx: 0, cy: G.row / 2, r: 3.5 }));
  if (kind !== "wire") {
    const x = w - 8 - (wide ? GRADIENT : 0) - slope;
    row.copy = svg("text", { class: "data", x, y: 15 });
    if (isLeaf) group.append(svg("rect", { class: "pill", x: x - VALUE + 4, y: 2.5, width: VALUE, height: G.row - 5, rx: 4 }));
    group.append(row.copy);
  }
  if (isLeaf) group.append((row.grad = svg("text", { class: "grad", x: w - 8, y: 15 })));
  if (says) labelled(partial, `∂ ${says}`);
  const room = kind === "wire" ? w - 37 - width(name) - (wide ? GRADIENT : 0) : slope - 12;
  if (says && width(`∂ ${says}`) > room) { partial.setAttribute("textLength", String(Math.max(40, room))); partial.setAttribute("lengthAdjust", "spacingAndGlyphs"); }
  group.append(partial);
  if (isLeaf) card.leaves.push(row); // beside the card, not inside it: both can be chosen
  else card.group.append(group);
  return row;
}

/** One row for many inputs: how many, and the range of ∂. */
function manyRow(card, y) {
  const group = svg("g", { class: "row wire", transform: `translate(0,${y})` });
  const partial = svg("text", { class: "partial", x: card.w - 8, y: 15 }), name = svg("text", { class: "name", x: 13, y: 15 });
  group.append(svg("rect", { class: "hue", x: 1, width: card.w - 2, height: G.row }), labelled(name, `${card.box.many} inputs`), partial);
  card.group.append(group);
  return { kind: "many", slot: -1, group, partial, y, says: "", room: card.w - 100, copy: null, hue: group.firstChild };
}

/** A leaf that is a row of the card that uses it. */
function leafOf(row, i, head) {
  row.group.setAttribute("data-card", String(i));
  row.group.setAttribute("tabindex", "0");
  row.group.setAttribute("role", "button");
  row.group.classList.add(graph.roles[state.level.nodes[state.level.cards[i][0]]]);
  const card = { i, box: null, group: row.group, w: head.w, h: G.row, rows: [], cells: [], isRow: true, head, row, x: 0, y: 0 };
  card.cells.push(cellOf(card, 0, row.copy, row.grad, { room: VALUE - 6, gradRoom: GRADIENT - 8 }));
  return card;
}

// ── numbers ──

function drawFoot(card, y) {
  const { box, group, w, h } = card;
  if (h - y < 6) { // a constant: its title is its number
    card.cells.push(cellOf(card, 0, group.querySelector(".title"), null, { isTitle: true }));
    return;
  }
  const foot = svg("g", { class: "foot", transform: `translate(0,${y})` });
  group.append(foot);
  foot.append(svg("path", { class: "rule", d: `M0,0H${w}M${w / 2},0V${h - y}` }));
  const captions = ["data", "grad"].map((word, k) => labelled(svg("text", { class: "word", x: (w / 2) * k + w / 4, y: 11, "data-word": word }), word));
  foot.append(...captions);
  if (box.grid) drawGrids(card, foot);
  else if (state.level.cards[card.i].length > 1) card.cells.push(cellOf(card, -1, ...pair(foot, w, 27, "number small"), { room: w / 2 - 8, gradRoom: w / 2 - 8 }));
  else {
    const cell = cellOf(card, 0, ...pair(foot, w, 25, "number"), { room: w / 2 - 8, gradRoom: w / 2 - 8 });
    cell.bar = svg("g", { class: "bar", transform: `translate(${w * 0.75},${31})` });
    cell.barWidth = w / 4 - 10;
    [cell.value.caption, cell.grad.caption] = captions;
    foot.append(cell.bar);
    card.cells.push(cell);
  }
}

/** The texts of a number and of its gradient. */
function pair(foot, w, y, kind) {
  const texts = [0, 1].map((k) => svg("text", { class: `${["data", "grad"][k]} ${kind}`, x: (w / 2) * k + w / 4, y }));
  foot.append(...texts);
  return texts;
}

/** Two grids of cells, of the numbers and of their gradients. */
function drawGrids(card, foot) {
  const [rows, columns, kind] = card.box.grid, half = card.w / 2;
  if (kind > CELLS) { card.cells.push(cellOf(card, -1, ...pair(foot, card.w, 27, "number small"), { room: half - 8, gradRoom: half - 8 })); return; }
  const [wide, high] = kind === NUMBERS ? [CELL, CELL_HEIGHT] : [G.small, G.small];
  if (kind === CELLS) card.ranges = pair(foot, card.w, 26, "range");
  const top = kind === NUMBERS ? G.caption : 2 * G.caption;
  for (let k = 0; k < rows * columns; k++) {
    const spots = [0, 1].map((side) => [half * side + half / 2 + wide * ((k % columns) - columns / 2), top + high * Math.floor(k / columns)]);
    const rects = spots.map(([x, y]) => svg("rect", { class: "cell", x, y, width: wide - 1, height: high - 1, rx: kind === NUMBERS ? 2 : 0 }));
    const texts = kind === NUMBERS ? spots.map(([x, y], side) => svg("text", { class: `${["data", "grad"][side]} incell`, x: x + wide / 2, y: y + 14.5 })) : rects;
    rects.forEach((rect, side) => foot.append(...new Set([rect, texts[side]])));
    card.cells.push(cellOf(card, k, texts[0], texts[1], { rect: rects[0], gradRect: rects[1], isSmall: kind === CELLS, room: wide - 6, gradRoom: wide - 6 }));
  }
}
