// A folded graph: cards with counts where its groups are, frames where they are open; all laid out here, as it opens.

import { graph } from "./data.js";
import { rms, shown, spread } from "./numbers.js";
import { passed, prepare } from "./levels.js";
import { choose, listen, review, roundOf, state, stateAt, stepTo, tell } from "./state.js";
import { forgetStops, happened } from "./stops.js";
import { fold } from "./unfold.js";
import { see, setWorld } from "./camera.js";
import { colours, onUnder, repaint, rgb } from "./under.js";
import { clamp, element, placeTip, svg, width, write } from "./svg.js";

const TITLE = 26, NOTE_ROW = 17, NUMBERS_ROW = 40, PAD = 14, GAP = 16, RANK = 56, MIN_WIDE = 196; // pixels
const IMAGE = 84, CELL_MOST = 11, DARKEST = 0.9, PALE = 0.05;

/** @type {{cards: any[], frames: any[], wires: any[]}} */
export const folded = { cards: [], frames: [], wires: [] };
let glow_ = [];

// ── layout ──

/** Draw the cards that are seen, in frames for what is open. */
export function drawFolds() {
  const { level } = state;
  level.told ??= toldOfCard;
  level.says ??= { forward: blank, backward: blank, seed: "", updates: [], next: blank, rules: [] };
  folded.frames = [];
  folded.cards = level.folds.map(foldCard);
  const whole = arrange(-1);
  shift(whole, 0, 0);
  folded.wires = level.wires.map(foldWire);
  element("world").replaceChildren(svg("g", { class: "frames" }, ...folded.frames.map((each) => each.shape)), svg("g", { class: "wires" }, ...folded.wires.map((each) => each.path)),
    svg("g", { class: "cards" }, ...folded.cards.map((each) => each.group), ...folded.frames.map((each) => each.bar)), svg("g", { id: "tokens", "aria-hidden": "true" }));
  element("canvas").setAttribute("aria-label", "Folded computation graph");
  element("stage").classList.add("blocks");
  setWorld([whole.w, whole.h], folded.cards);
  markFold();
}

const blank = new Proxy([], { get: () => "" });

/** What stands in a group, or in all: cards and frames in columns by what they need, and how large that is. */
function arrange(g) {
  const { level } = state, parts = g < 0 ? level.top.parts : level.parts[g], own = g < 0 ? level.top.own : level.own[g];
  const items = [...parts.map((part) => (level.opened.has(part) ? frameOf(part) : folded.cards[level.cardOf[anyMember(level, part)]])), ...own.map((i) => folded.cards[level.cardOf[i]])];
  const itemOf = new Map();
  items.forEach((item, k) => item.holds.forEach((card) => itemOf.set(card, k)));
  const ranks = ranked(items, itemOf), columns = [];
  items.forEach((item, k) => (columns[ranks[k]] ??= []).push(item));
  let x = 0, high = 0;
  for (const column of columns) high = Math.max(high, column.reduce((sum, item) => sum + item.h + GAP, -GAP));
  for (const column of columns) {
    const wide = Math.max(...column.map((item) => item.w)), tall = column.reduce((sum, item) => sum + item.h + GAP, -GAP);
    let y = (high - tall) / 2;
    for (const item of column) { Object.assign(item, { dx: x + (wide - item.w) / 2, dy: y }); y += item.h + GAP; }
    x += wide + RANK;
  }
  return { items, w: Math.max(0, x - RANK), h: high };
}

function anyMember(level, g) {
  while (!level.own[g].length) g = level.parts[g][0];
  return level.own[g][0];
}

/** How far from the beginning each item is; a leaf stands just before what needs it. */
function ranked(items, itemOf) {
  const into = items.map(() => new Set()), last = items.map((item) => Math.max(...item.holds.map((card) => state.level.cards[card].at(-1))));
  for (const [head, , tail] of state.level.wires) {
    const [a, b] = [itemOf.get(tail), itemOf.get(head)];
    if (a !== undefined && b !== undefined && a !== b && last[a] < last[b]) into[b].add(a);
  }
  const order = [...items.keys()].sort((a, b) => last[a] - last[b]), ranks = items.map(() => 0);
  for (const k of order) ranks[k] = Math.max(0, ...[...into[k]].map((a) => ranks[a] + 1));
  const least = items.map(() => Infinity);
  into.forEach((some, b) => some.forEach((a) => (least[a] = Math.min(least[a], ranks[b] - 1))));
  items.forEach((item, k) => { if (!into[k].size && least[k] < Infinity) ranks[k] = least[k]; });
  const used = [...new Set(ranks)].sort((a, b) => a - b);
  return ranks.map((rank) => used.indexOf(rank));
}

function frameOf(g) {
  const inside = arrange(g), w = Math.max(inside.w + 2 * PAD, 180), h = inside.h + TITLE + 2 * PAD;
  const shape = svg("rect", { class: "foldframe", width: w, height: h, rx: 10 }), bar = svg("g", { class: "foldbar", tabindex: 0, role: "button", "aria-label": `Close ${titleOf(g)}` }, svg("rect", { width: w, height: TITLE, rx: 8 }));
  const text = svg("text", { class: "name named", x: 12, y: 18 });
  write(text, `− ${titleOf(g)}`, w - 24);
  bar.append(text);
  const frame = { g, w, h, inside, shape, bar, holds: inside.items.flatMap((item) => item.holds) };
  for (const what of ["click", "keydown"]) bar.addEventListener(what, (event) => { if (what === "click" || event.key === "Enter") { toggleFold(g); event.stopPropagation(); event.preventDefault(); } });
  folded.frames.push(frame);
  return frame;
}

/** Give everything its place in the world. */
function shift({ items }, x, y) {
  for (const item of items) {
    Object.assign(item, { x: x + item.dx, y: y + item.dy });
    const at = `translate(${item.x},${item.y})`;
    if (!item.inside) { item.group.setAttribute("transform", at); continue; }
    item.shape.setAttribute("transform", at);
    item.bar.setAttribute("transform", at);
    shift(item.inside, item.x + (item.w - item.inside.w) / 2, item.y + TITLE + PAD);
  }
}

// ── cards ──

const titleOf = (g) => {
  const { level } = state, group = level.groups[g], parts = level.parts[g], kin = parts.every((part) => /^[^ ]/.test(level.groups[part].title) && !level.groups[part].title.includes(" … ")) ? parts.length : 0, rows = group.shape?.length ? ` ${group.shape.join(" × ")}` : "";
  return group.title ? `${group.title}${rows || (kin > 1 && /…$/.test(group.title) ? ` × ${kin}` : "")}` : `${level.counts[g].toLocaleString("en")} operations`;
};

const operationOf = (i) => (graph.shown[i] && i < graph.ops.length - 1 ? graph.shown[i] : graph.ops[i] === null ? shown(Number(graph.data[i]), 6) : `${graph.shown[i] ? `${graph.shown[i]} = ` : ""}${graph.ops[i]}`);

function foldCard({ group: g, members }, k) {
  const { level } = state, about = level.groups[g], isOne = members.length === 1, cells = about?.cells, leaves = members.every((i) => graph.ops[i] === null);
  const title = isOne ? operationOf(members[0]) : titleOf(g), note = isOne || !about.title ? "" : leaves ? `${members.length.toLocaleString("en")} ${graph.roles[members[0]]}s` : `${members.length.toLocaleString("en")} operations`;
  const [rows, columns] = !about?.cells ? [0, 0] : about.shape.length > 1 ? about.shape : [1, about.shape[0]], s = columns ? clamp(IMAGE / Math.max(rows, columns), 1, CELL_MOST) : 0, high = rows === 1 ? CELL_MOST : s;
  const w = Math.max(isOne ? 132 : MIN_WIDE, Math.ceil(width(title, "600")) + 40, 2 * (columns * s + 20)), top = TITLE + (note ? NOTE_ROW : 0), h = top + (columns ? rows * high + 6 : 0) + NUMBERS_ROW;
  const role = leaves ? graph.roles[members[0]] : members.includes(graph.ops.length - 1) ? "loss" : "operation";
  const group = svg("g", { class: `card fold ${role}`, "data-card": k, tabindex: 0, role: "button" }, svg("rect", { class: "halo", x: -5, y: -5, width: w + 10, height: h + 10, rx: 11 }), svg("rect", { class: "paper", width: w, height: h, rx: 7 }), svg("path", { class: "head", d: `M0,${TITLE}V7Q0,0 7,0H${w - 7}Q${w},0 ${w},7V${TITLE}Z` }));
  const card = { k, g, members, group, w, h, isRow: false, rows: [], box: { role }, holds: [k], cells, columns, s, high, top, x: 0, y: 0, texts: [], images: [] };
  say_(group, w / 2, 18, "title named", isOne ? title : `+ ${title}`, w - 12);
  if (note) say_(group, w / 2, TITLE + 12, "note", note, w - 8);
  ["data", "grad"].forEach((kind, side) => {
    say_(group, w * (0.25 + side / 2), h - NUMBERS_ROW + 13, "word middle", kind, 0);
    card.texts.push(say_(group, w * (0.25 + side / 2), h - 11, `${kind} number small middle`, "", w / 2 - 8));
  });
  card.outputs = cells ? cells.filter((i) => i >= 0) : outputsOf(members, k);
  const name = about?.name ?? (card.outputs.length === 1 ? graph.names[card.outputs[0]] : "");
  if (name) { card.texts[0].dataset.valueOf = name; card.texts[1].dataset.gradOf = name; }
  attendFold(card);
  return card;
}

function say_(group, x, y, kind, words, room) {
  const text = svg("text", { class: kind, x, y });
  write(text, words, room);
  group.append(text);
  return text;
}

/** The values of a card that others use; what it stands for. */
function outputsOf(members, k) {
  const { level } = state, used = new Set(), inside = new Set(members);
  for (const [, , tail, uses] of level.wires) if (tail === k) for (const [child, slot] of uses) used.add(graph.parents[child][slot]);
  if (inside.has(graph.ops.length - 1)) used.add(graph.ops.length - 1);
  return used.size ? [...used] : [members[members.length - 1]];
}

function foldWire(each) {
  const [head, , tail] = each, a = folded.cards[tail], b = folded.cards[head], x0 = a.x + a.w, x1 = b.x, y0 = a.y + a.h / 2, y1 = b.y + b.h / 2, dx = Math.max(28, Math.abs(x1 - x0) * 0.4);
  const path = svg("path", { class: "wire fold line", d: `M${x0},${y0}C${x0 + dx},${y0} ${x1 - dx},${y1} ${x1 - 2},${y1}`, "marker-end": "url(#arrow)", "data-wire": `${head}_${tail}` });
  path.addEventListener("pointerenter", (event) => sayWire(each, event));
  path.addEventListener("pointerleave", () => (element("tip").hidden = true));
  return { head, tail, uses: each[3], path };
}

function sayWire([head, , tail, uses], event) {
  const now = stateAt(state.position), view = state.views[now.r], tip = element("tip"), stage = element("stage").getBoundingClientRect();
  tip.hidden = false;
  tip.textContent = `${uses.length.toLocaleString("en")} use${uses.length > 1 ? "s" : ""}; back come ${shown(rms(uses.map(([child, slot]) => passed(view, child, slot))))} (root mean square)`;
  placeTip(event.clientX - stage.left, event.clientY - stage.top);
}

function attendFold(card) {
  const { group, g, k } = card;
  group.addEventListener("click", (event) => { if (event.detail < 2) choose(k); event.stopPropagation(); });
  group.addEventListener("dblclick", () => toggleFold(g));
  group.addEventListener("focus", () => see([card], group));
  group.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && state.selected === k) toggleFold(g);
    else if (event.key === "Enter" || event.key === " ") choose(k);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") folded.cards[k + (event.key === "ArrowDown" ? 1 : -1)]?.group.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** Open a group in its place, or close it. */
export function toggleFold(g) {
  if (g < 0) return;
  const { level } = state, step = stepTo(state.position), share = state.position === 0 ? 0 : null, isOver = stateAt(state.position).over;
  level.opened.has(g) ? closeFold(level, g) : level.opened.add(g);
  fold(level);
  prepare(level);
  forgetStops();
  state.selected = null;
  review();
  state.position = share ?? (isOver ? state.starts[roundOf(state.position - 1) + 1] - state.rounds[roundOf(state.position - 1)].updates.length : samePosition(step));
  drawFolds();
  tell("position", state.position);
  const first = folded.frames.find((each) => each.g === g) ?? folded.cards.find((each) => each.g === g);
  if (first) see([{ x: first.x, y: first.y, w: Math.min(first.w, 600), h: Math.min(first.h, 320), isRow: false }]);
}

function closeFold(level, g) {
  const waiting = [g];
  while (waiting.length) { const at = waiting.pop(); level.opened.delete(at); waiting.push(...level.parts[at]); }
}

/** Where the same has happened to the same operation. */
function samePosition(step) {
  const { level, starts } = state, forth = level.computed.length + 1;
  if (step.kind === "forward") return starts[step.r] + (step.r > 0) + level.computed.indexOf(step.node) + 1;
  if (step.kind !== "backward") return starts[step.r] + (step.r > 0) + forth;
  return starts[step.r] + (step.r > 0) + forth + level.order[step.child][step.slot] + 1;
}

// ── the state of things ──

/** Paint every card at the position. */
export function showFolds(follows = true) {
  const now = stateAt(state.position), view = state.views[now.r];
  folded.cards.forEach((card) => paintFold(card, now, view));
  paintFoldWires(now, view);
  lightFold(happened(state.position), follows);
  repaint();
}

function paintFold(card, now, view) {
  const { outputs, texts } = card, known = card.members.every((i) => now.known[i]), reached = outputs.some((i) => now.shares[i]), complete = outputs.every((i) => now.complete[i]);
  const data_ = outputs.map((i) => now.values[i]), grads = outputs.map((i) => (reached ? now.grad[i] : view.grad[i] ?? 0));
  [[data_, known, true], [grads, reached, complete]].forEach(([numbers, is, whole], side) => {
    const [words, full] = spread(numbers, numbers.length > 1 ? 2 : 5);
    write(texts[side], state.covered && !is ? "" : `${is && !whole ? "Σ " : ""}${words}`, card.w / 2 - 10);
    texts[side].classList.toggle("ghost", !is);
    if (is) texts[side].dataset.exact = full; else delete texts[side].dataset.exact;
  });
  if (card.cells) [(i) => (now.known[i] ? now.values[i] : null), (i) => (now.shares[i] ? now.grad[i] : null)].forEach((number, side) => (card.images[side] = imageBy(card, side, number)));
  card.group.setAttribute("aria-label", `${titleIn(card)}: data ${known ? texts[0].textContent : "not computed yet"}${reached ? `, gradient ${texts[1].textContent}` : ""}`);
}

const titleIn = (card) => (card.g < 0 ? operationOf(card.members[0]) : titleOf(card.g));

/** The cells of an array as an image of one pixel each. */
function imageBy(card, side, number) {
  const { cells, columns } = card, rows = cells.length / columns, image = card.images[side] ?? Object.assign(document.createElement("canvas"), { width: columns, height: rows }), pen = image.getContext("2d"), pixels = pen.createImageData(columns, rows);
  const numbers = cells.map((i) => (i < 0 ? null : number(i))), most = numbers.reduce((top, x) => (x !== null && Math.abs(x) > top && Math.abs(x) < Infinity ? Math.abs(x) : top), 1e-300), hues = colours(), paper = rgb(hues.paper), ends = [rgb(hues.below), rgb(hues.above)];
  numbers.forEach((x, k) => {
    const share = x ? PALE + (DARKEST - PALE) * Math.min(1, Math.abs(x) / most) : 0, end = ends[Number(x > 0)];
    for (let c = 0; c < 3; c++) pixels.data[4 * k + c] = paper[c] + (end[c] - paper[c]) * share;
    pixels.data[4 * k + 3] = 255;
  });
  pen.putImageData(pixels, 0, 0);
  return image;
}

onUnder((pen) => {
  if (state.level.drawn !== "folded") return;
  pen.imageSmoothingEnabled = false;
  for (const card of folded.cards) card.images.forEach((image, side) => {
    const w = card.columns * card.s, h = (card.cells.length / card.columns) * card.high, x = card.x + card.w * (0.25 + side / 2) - w / 2, y = card.y + card.top + 4;
    pen.drawImage(image, x, y, w, h);
    pen.strokeStyle = colours().line;
    pen.lineWidth = 1;
    pen.strokeRect(x, y, w, h);
  });
});

/** Wide: carries much. */
function paintFoldWires(now, view) {
  const sizes = folded.wires.map(({ uses }) => rms(uses.map(([child, slot]) => passed(view, child, slot)))), most = Math.max(...sizes.filter(Number.isFinite), 1e-300);
  folded.wires.forEach((wire, k) => {
    const sent = wire.uses.every(([child, slot]) => state.level.order[child][slot] < now.turns), share = sent && sizes[k] > 0 ? Math.max(0, 1 + Math.log10(Math.min(sizes[k], most) / most) / 3) : 0;
    wire.path.setAttribute("stroke-width", (1 + 4 * share).toFixed(2));
    wire.path.setAttribute("class", `fold line${sent ? " sent" : ""}${lit_(wire)}`);
  });
}

const lit_ = (wire) => (state.selected !== null && (wire.head === state.selected || wire.tail === state.selected) ? " picked" : "");

function lightFold(event, follows) {
  glow_.forEach((group) => { group.classList.remove("lit", "forward", "backward"); group.removeAttribute("data-current"); });
  glow_ = [];
  const last = event.at(-1), card = last && folded.cards[state.level.cardOf[last.kind === "backward" ? last.child : last.node]];
  if (!card) return;
  card.group.classList.add("lit", last.kind === "forward" || last.kind === "update" ? "forward" : "backward");
  card.group.setAttribute("data-current", last.kind);
  glow_.push(card.group);
  if (follows) see([card], card.group);
}

/** What has just happened, in words: to a card as a whole. */
function toldOfCard(event) {
  const last = event.at(-1), { level } = state, card = folded.cards[level.cardOf[last.kind === "backward" ? last.child : last.node]];
  if (!card || last.kind === "update" || last.kind === "round") return last.kind === "update" ? `${last.name} is updated` : "the next round";
  const round = state.rounds[last.r], view = state.views[last.r], name = titleIn(card), root = graph.shown[graph.shown.length - 1];
  if (last.kind === "seed") return `∂${root}/∂${root} = 1`;
  if (last.kind === "forward") return `${name} = ${spread(card.outputs.map((i) => round.values[i]), 4)[0]}${card.members.length > 1 ? `: ${card.members.length.toLocaleString("en")} operations` : ""}`;
  const tails = [...new Set(level.wires.filter(([head]) => head === card.k).map(([, , tail]) => titleIn(folded.cards[tail])))];
  const gradient = `the gradient of ${name}, ${spread(card.outputs.map((i) => view.grad[i] ?? 0), 4)[0]},`;
  return !tails.length ? `${gradient} goes back inside it` : `${gradient} goes back to ${tails.slice(0, 5).join(", ")}${tails.length > 5 ? ` and ${tails.length - 5} more` : ""}`;
}

function markFold() {
  if (state.level.drawn !== "folded") return;
  folded.cards.forEach((card) => { const is = card.k === state.selected; card.group.classList.toggle("chosen", is); card.group.setAttribute("aria-pressed", String(is)); });
  if (folded.wires.length) folded.wires.forEach((wire) => wire.path.classList.toggle("picked", lit_(wire) !== ""));
}

listen("choice", markFold);
