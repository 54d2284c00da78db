// The camera: what part of the stage is seen, and how large. Numbers are never too small to read: what does not fit
// is panned, and the camera goes with the step. Drag, wheel and pinch move it; 0 shows as much as can be read.

import { element, isStill, clamp, svg } from "./svg.js";

export const READABLE = 12 / 13; // a text of 13 pixels is read at 12
const LARGEST_SCALE = 1.5, NEAREST = 4, FARTHEST = 0.1;
const MARGIN = 18, EASE = 260, MANY = 30; // pixels, milliseconds, cards

const view = { x: 0, y: 0, k: 1 }; // the middle of the window in the world, and the scale
let size = [1, 1], boxes = [], moving = 0, isOwn = false; // isOwn: a person has moved it

/** Make the world that large, with those cards in it. */
export function setWorld(extent, cards) {
  size = extent;
  boxes = cards;
  isOwn = false;
  drawMap();
  fit(false);
}

const room = () => { const { width, height } = element("canvas").getBoundingClientRect(); return [Math.max(width, 1), Math.max(height, 1)]; };

/** The scale at which everything is seen, within what can be read. */
function fitting() {
  const [w, h] = room();
  return clamp(Math.min((w - 2 * MARGIN) / size[0], (h - 2 * MARGIN) / size[1]), READABLE, LARGEST_SCALE);
}

/** Show everything, or as much as can be read, from the beginning. */
export function fit(eases = true) {
  const k = fitting(), [w, h] = room().map((each) => each / k);
  moveTo({ k, x: size[0] + 2 * MARGIN > w ? w / 2 - MARGIN : size[0] / 2, y: size[1] + 2 * MARGIN > h ? Math.max(h / 2 - MARGIN, 0) : size[1] / 2 }, eases);
}

/** Bring cards into view, with as little movement as can be; where all have no room, the last of them and `first`. */
export function see(cards, first = null) {
  const areas = cards.map(areaOf), k = isOwn ? view.k : fitting(), [w, h] = room().map((each) => each / k - 2 * MARGIN);
  let area = union(areas);
  if (area.right - area.left > w || area.bottom - area.top > h) area = first ? areaIn(first) : areas[0];
  const x = held(view.x, area.left, area.right, w), y = held(view.y, area.top, area.bottom, h);
  if (x !== view.x || y !== view.y || k !== view.k) moveTo({ k, x, y });
}

/** The middle of a window of that extent which holds what lies from low to high; its beginning, where it cannot. */
const held = (middle, low, high, extent) => (high - low > extent ? low + extent / 2 : clamp(middle, high - extent / 2, low + extent / 2));

function areaOf(card) {
  const at = card.isRow ? card.head : card, top = at.y + (card.isRow ? card.row.y : 0);
  return { left: at.x, right: at.x + card.w, top, bottom: top + card.h };
}

function union(areas) {
  const of = (side, which) => which(...areas.map((each) => each[side]));
  return { left: of("left", Math.min), right: of("right", Math.max), top: of("top", Math.min), bottom: of("bottom", Math.max) };
}

/** Where an element lies in the world. */
function areaIn(shape) {
  const box = shape.getBoundingClientRect(), canvas = element("canvas").getBoundingClientRect(), { k } = view;
  const left = view.x + (box.left - canvas.left - canvas.width / 2) / k, top = view.y + (box.top - canvas.top - canvas.height / 2) / k;
  return { left, right: left + box.width / k, top, bottom: top + box.height / k };
}

/** Where a point of the world is on the stage. */
export function frame({ x, y }) {
  const [w, h] = room();
  return { x: w / 2 + (x - view.x) * view.k, y: h / 2 + (y - view.y) * view.k };
}

function apply() {
  const [w, h] = room();
  element("world").setAttribute("transform", `translate(${(w / 2 - view.x * view.k).toFixed(2)},${(h / 2 - view.y * view.k).toFixed(2)}) scale(${view.k.toFixed(4)})`);
  element("scale").textContent = `${Math.round(view.k * 100)} %`;
  const pane = element("pane");
  if (pane) for (const [name, value] of Object.entries({ x: view.x - w / 2 / view.k, y: view.y - h / 2 / view.k, width: w / view.k, height: h / view.k })) pane.setAttribute(name, String(value));
}

/** Go there, slowly unless a person wants stillness; numbers and tests see the end at once. */
function moveTo(target, eases = true) {
  cancelAnimationFrame(moving);
  const from = { ...view }, begun = performance.now();
  Object.assign(view, target);
  apply();
  if (!eases || isStill()) return;
  const world = element("world"), here = world.getAttribute("transform");
  const shift = frame({ x: from.x, y: from.y }), [w, h] = room();
  const start = { dx: shift.x - w / 2, dy: shift.y - h / 2, ratio: from.k / view.k };
  const tick = (time) => {
    const t = clamp((time - begun) / EASE, 0, 1), rest = (1 - t) ** 3, ratio = start.ratio ** rest;
    world.setAttribute("transform", t < 1
      ? `translate(${start.dx * rest},${start.dy * rest}) translate(${w / 2},${h / 2}) scale(${ratio}) translate(${-w / 2},${-h / 2}) ${here}` : here);
    if (t < 1) moving = requestAnimationFrame(tick);
  };
  if (Math.abs(start.dx) + Math.abs(start.dy) > 1 || Math.abs(Math.log(start.ratio)) > 0.01) tick(begun + 1);
}

/** Larger or smaller, about a point of the stage. */
export function zoom(factor, at = null) {
  const [w, h] = room(), k = clamp(view.k * factor, FARTHEST, NEAREST), point = at ?? { x: w / 2, y: h / 2 };
  const x = view.x + (point.x - w / 2) * (1 / view.k - 1 / k), y = view.y + (point.y - h / 2) * (1 / view.k - 1 / k);
  isOwn = true;
  moveTo({ k, x, y }, at === null);
}

export const camera = {
  view,
  /** The window has another size. */
  refit() { if (isOwn) apply(); else fit(false); },
  /** Back to what can be read. */
  home() { isOwn = false; fit(); },
};

/** On paper there is the whole picture. */
function printed() {
  element("canvas").setAttribute("viewBox", `-8 -8 ${size[0] + 16} ${size[1] + 16}`);
  element("world").removeAttribute("transform");
}

function unprinted() {
  element("canvas").removeAttribute("viewBox");
  apply();
}

// ── a small map of a large world ──

function drawMap() {
  const map = element("map");
  map.toggleAttribute("hidden", boxes.length <= MANY);
  map.setAttribute("viewBox", `-20 -20 ${size[0] + 40} ${size[1] + 40}`);
  map.replaceChildren(...boxes.map((card) => svg("rect", { class: card.box.role, x: card.x, y: card.y, width: card.w, height: card.h })), svg("rect", { id: "pane" }));
}

// ── pointers ──

const pointers = new Map();

function panned(event) {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  const others = [...pointers.entries()].filter(([id]) => id !== event.pointerId).map(([, each]) => each);
  if (others.length) { // a pinch
    const [other] = others, was = Math.hypot(before.x - other.x, before.y - other.y), is = Math.hypot(event.clientX - other.x, event.clientY - other.y);
    const box = element("canvas").getBoundingClientRect();
    if (was > 0) zoom(is / was, { x: (event.clientX + other.x) / 2 - box.left, y: (event.clientY + other.y) / 2 - box.top });
  } else {
    view.x -= (event.clientX - before.x) / view.k;
    view.y -= (event.clientY - before.y) / view.k;
    isOwn = true;
    apply();
  }
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
}

export function listenToPointers() {
  addEventListener("beforeprint", printed);
  addEventListener("afterprint", unprinted);
  const canvas = element("canvas");
  canvas.addEventListener("pointerdown", (event) => {
    if (event.target.closest(".editable")) return;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (!event.target.closest("[data-card], [data-wire]") || pointers.size > 1) canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", panned);
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) canvas.addEventListener(name, (event) => pointers.delete(event.pointerId));
  canvas.addEventListener("wheel", (event) => {
    const box = canvas.getBoundingClientRect();
    zoom(Math.exp(-clamp(event.deltaY, -80, 80) / 320), { x: event.clientX - box.left, y: event.clientY - box.top });
    event.preventDefault();
  }, { passive: false });
  element("map").addEventListener("click", (event) => {
    const map = element("map"), point = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
    isOwn = true;
    moveTo({ ...view, x: point.x, y: point.y });
  });
}
