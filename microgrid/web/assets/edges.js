// The edges of a network: coloured by sign, wide by size, of the weights or of their gradients; many are painted on a canvas.

import { shown } from "./numbers.js";
import { listen, roundOf, state, stateAt } from "./state.js";
import { backOf, calledAt, isNetwork, lens, netOf, weighedBy, watchLens } from "./netgraph.js";
import { PORTS } from "./inside.js";
import { colours, onUnder, repaint } from "./under.js";
import { element, placeTip, svg } from "./svg.js";

const MOST_SHAPES = 300; // edges that are elements; more are painted
const THINNEST = 0.7, THICKEST = 5, DASHES = [11, 3], NEAR = 6; // pixels

const drawn = { edges: [], shapes: [], isCanvas: false };

/** Lay the edges between the discs; few of them as paths in a group. */
export function drawEdges(discs, group) {
  const { edges } = netOf();
  for (const edge of edges) edge.at = endsOf(edge, discs);
  drawn.edges = edges.filter((edge) => edge.at);
  drawn.isCanvas = drawn.edges.length > MOST_SHAPES;
  drawn.shapes = drawn.isCanvas ? [] : drawn.edges.map((edge) => svg("path", { class: "edge", d: curveOf(edge.at), "data-wire": `${edge.head}_${edge.uses[0][1]}` }));
  group.replaceChildren(...drawn.shapes);
}

/** From the right of the tail to the left of the head; of an open neuron to the row of its weight. */
function endsOf(edge, discs) {
  const tail = discs[edge.tail], head = discs[edge.head];
  if (!tail || !head) return null;
  const port = head.isOpen ? PORTS(head, edge.tail) : head.h / 2;
  return [tail.x + tail.w + (tail.isOpen ? 0 : 1.5), tail.y + (tail.isOpen ? tail.h - 20 : tail.h / 2), head.x - (head.isOpen ? 0 : 1.5), head.y + port];
}

const bend = ([x0, , x1]) => (x1 - x0) * 0.45;
function curveOf(at) {
  const [x0, y0, x1, y1] = at, dx = bend(at);
  return `M${x0},${y0}C${x0 + dx},${y0} ${x1 - dx},${y1} ${x1},${y1}`;
}

// ── how they look ──

/** The looks of all edges at a position: width, opacity, sign, and whether the step lights it. */
export function paintEdges(now, round, back) {
  const numbers = drawn.edges.map((edge) => weighedBy(edge, round, back));
  const most = Math.max(...numbers.map((x) => Math.abs(x ?? 0)).filter(Number.isFinite), 1e-300);
  const come = (edge) => lens.edges === "weights" || edge.uses.every(([child, slot]) => state.level.order[child][slot] < now.turns);
  const crowd = Math.max(0.3, Math.min(1, Math.sqrt(420 / drawn.edges.length))); // many are thinner
  drawn.edges.forEach((edge, k) => (edge.look = lookOf(edge, come(edge) ? numbers[k] : null, most, crowd)));
  if (!drawn.isCanvas) drawn.edges.forEach((edge, k) => wear(drawn.shapes[k], edge.look));
  repaint();
}

function lookOf(edge, x, most, crowd) {
  const share = x === null ? 0 : Math.min(1, Math.abs(x) / most), lit = edge.uses.map(([child, slot]) => lens.lit?.get(`${child},${slot}`)).find(Boolean) ?? "";
  return { wide: x === null ? 1 : THINNEST + (THICKEST * crowd - THINNEST) * share, clear: x === null ? 0.35 : (0.12 + 0.8 * share) * Math.sqrt(crowd),
    sign: x === null || x === 0 ? "" : x > 0 ? "above" : "below", lit };
}

function wear(shape, { wide, clear, sign, lit }) {
  const look = `edge ${sign} ${lens.edges} ${lit && `lit ${lit}`}`;
  if (shape.worn !== look) shape.setAttribute("class", (shape.worn = look));
  shape.setAttribute("stroke-width", (lit ? Math.max(2, wide) : wide).toFixed(2));
  shape.setAttribute("stroke-opacity", lit ? "1" : clear.toFixed(2));
}

/** Whether an edge belongs to what the pointer or the choice singles out: 1, or how faint it is beside that. */
function faintness(edge) {
  const { cards } = state.level, touches = (i) => edge.head === i || edge.tail === i;
  if (lens.over >= 0) return touches(lens.over) ? 1 : 0.07;
  if (state.selected !== null) return cards[state.selected].some(touches) ? 1 : 0.3;
  return 1;
}

/** Dim the edges that are not those of the disc under the pointer, or of the chosen one. */
function isolate() {
  if (!isNetwork()) return;
  drawn.shapes.forEach((shape, k) => (shape.style.opacity = String(faintness(drawn.edges[k]))));
  repaint();
}

function paintOne(pen, edge, hues) {
  const { wide, clear, sign, lit } = edge.look, [x0, y0, x1, y1] = edge.at, dx = bend(edge.at), weights = lens.edges === "weights";
  pen.globalAlpha = (lit ? 1 : clear) * faintness(edge);
  pen.lineWidth = lit ? Math.max(2, wide) : wide;
  pen.strokeStyle = lit ? hues[lit === "forward" ? "data" : "grad"] : sign === "above" ? hues[weights ? "above" : "grad"] : sign === "below" ? hues[weights ? "below" : "violet"] : hues.soft;
  pen.setLineDash(sign === "below" ? DASHES : []);
  pen.beginPath();
  pen.moveTo(x0, y0);
  pen.bezierCurveTo(x0 + dx, y0, x1 - dx, y1, x1, y1);
  pen.stroke();
}

onUnder((pen) => {
  if (!isNetwork() || !drawn.isCanvas || state.level.level === "layer") return;
  const hues = colours(), lit = drawn.edges.filter((edge) => edge.look?.lit);
  for (const edge of drawn.edges) if (edge.look && !edge.look.lit) paintOne(pen, edge, hues);
  for (const edge of lit) paintOne(pen, edge, hues);
  pen.globalAlpha = 1;
  pen.setLineDash([]);
});

// ── in motion ──

const FLOW = 480, DOT = 3.4, MOST_DOTS = 160; // milliseconds; pixels
let flow = null;

/** Dots along the edges of the step: towards the loss, or back. */
export function flowAlong() {
  const begun = performance.now(), some = drawn.edges.filter((edge) => edge.look?.lit).slice(0, MOST_DOTS), mine = { some, t: 0 };
  flow = mine;
  return new Promise((done) => {
    const tick = (time) => {
      if (flow !== mine) return done(undefined);
      mine.t = Math.min(1, Math.max(0, (time - begun) / FLOW));
      repaint();
      if (mine.t < 1) return requestAnimationFrame(tick);
      flow = null;
      done(undefined);
    };
    requestAnimationFrame(tick);
  });
}

onUnder((pen) => {
  if (!flow || !isNetwork() || state.level.level === "layer") return;
  const hues = colours(), ease = flow.t < 0.5 ? 2 * flow.t * flow.t : 1 - 2 * (1 - flow.t) ** 2;
  for (const edge of flow.some) {
    const back = edge.look.lit === "backward", [x0, , x1] = edge.at, x = x0 + (x1 - x0) * (back ? 1 - ease : ease);
    pen.fillStyle = hues[back ? "grad" : "data"];
    pen.beginPath();
    pen.arc(x, heightAt(edge.at, x), DOT, 0, 2 * Math.PI);
    pen.fill();
  }
});

// ── an edge under the pointer ──

/** The edge nearest to a point of the world, if it is near; of edges that are dimmed none. */
function edgeAt(x, y, reach) {
  let best = null, least = reach;
  for (const edge of drawn.edges) {
    const [x0, y0, x1, y1] = edge.at;
    if (x < x0 || x > x1 || y < Math.min(y0, y1) - reach || y > Math.max(y0, y1) + reach || faintness(edge) < 0.2) continue;
    const away = Math.abs(heightAt(edge.at, x) - y);
    if (away < least) { best = edge; least = away; }
  }
  return best;
}

/** Where the curve is above x: it goes to the right only. */
function heightAt(at, x) {
  const [x0, y0, x1, y1] = at, dx = bend(at), along = (t) => x0 + 3 * dx * t * (1 - t) ** 2 + 3 * (x1 - x0 - dx) * t * t * (1 - t) + (x1 - x0) * t ** 3;
  let low = 0, high = 1;
  for (let k = 0; k < 18; k++) { const t = (low + high) / 2; along(t) < x ? (low = t) : (high = t); }
  return y0 + (y1 - y0) * (3 * low * low - 2 * low ** 3);
}

function pointAtEdge(event) {
  if (!isNetwork() || state.level.level === "layer" || event.buttons || lens.over >= 0) return;
  const at = element("world").getCTM(), box = element("canvas").getBoundingClientRect(), tip = element("tip");
  const x = (event.clientX - box.left - at.e) / at.a, y = (event.clientY - box.top - at.f) / at.d, edge = edgeAt(x, y, NEAR / at.a);
  tip.hidden = !edge;
  if (!edge) return;
  tip.textContent = saysEdge(edge);
  placeTip(event.clientX - box.left, event.clientY - box.top);
}

function saysEdge(edge) {
  const { level } = state, now = stateAt(state.position), round = state.rounds[roundOf(state.position - 1)], back = backOf(round), root = level.shown[level.shown.length - 1];
  if (edge.w < 0) return `${level.shown[edge.tail]} → ${level.shown[edge.head]}`;
  const come = edge.uses.every(([child, slot]) => level.order[child][slot] < now.turns), name = calledAt(edge.w);
  return `${name} = ${shown(round.values[edge.w])} · ∂${root}/∂${name} = ${come ? shown(back.get(edge.w) ?? 0) : "–"}`;
}

export function listenToEdges() {
  element("canvas").addEventListener("pointermove", pointAtEdge);
}

listen("choice", isolate);
watchLens((what) => { if ("over" in what) isolate(); });
