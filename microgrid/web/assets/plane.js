// The plane of two inputs: what the network answers everywhere, its boundary, each first neuron's line, and the samples.

import { data, graph } from "./data.js";
import { shown } from "./numbers.js";
import { change, listen, state } from "./state.js";
import { remembered } from "./history.js";
import { passForward, planOf, thetaOf } from "./plan.js";
import { isNetwork, lens, watchLens } from "./netgraph.js";
import { field } from "./network.js";
import { colours, onUnder, repaint, rgb } from "./under.js";
import { clamp, element, html, svg } from "./svg.js";

const ACROSS = 44, DOWN = 34, PLANE_WIDE = 312, PLANE_HIGH = 240, REACH = 14, PLANE_MARGIN = 0.14; // cells of the field; pixels
const MOST_POINTS = 600; // that are drawn as shapes of their own
const HUES = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb", "#ee8866", "#44bb99", "#77aadd"]; // of classes

/** The plan of the network of this page, and where its plane lies. @type {any} */
export const plane = { plan: null, from: [0, 0], to: [1, 1], images: new Map(), sample: 0, busy: 0, outs: null };

// ── drawing ──

/** The section with the plane, and the choice of a sample. */
export function listPlane() {
  const { model } = data;
  if (!model) return;
  plane.plan = planOf(graph, data.network, model);
  const title = html("h2", { id: "plane-title" }), section = html("section", { id: "plane", "aria-labelledby": "plane-title" }, title);
  title.textContent = `${model.X.length} samples`;
  if (model.inputs.length === 2) section.append(drawPlane(), html("p", { class: "hint", id: "plane-hint" }));
  section.append(turner());
  element("panels").prepend(section, element("learning"));
  if (model.inputs.length === 2) element("plane-hint").textContent = `Click a sample: the network computes it. ${model.level === null && model.outputs.length === 1 ? "Thin" : "Thick: the boundary; thin"}: w·x + b = 0 of layer 1.`;
  showSample();
}

function drawPlane() {
  const { X, labels } = data.model;
  for (const k of [0, 1]) {
    const some = X.map((x) => x[k]), low = Math.min(...some), high = Math.max(...some), more = Number(high - low || 1) * PLANE_MARGIN;
    [plane.from[k], plane.to[k]] = [low - more, high + more];
  }
  const shapes = svg("svg", { id: "points", viewBox: `0 0 ${PLANE_WIDE} ${PLANE_HIGH}`, role: "img", "aria-label": `${X.length} samples, the answer of the network and its boundary` }, svg("g", { id: "lines" }), svg("path", { id: "boundary" }), svg("g", { id: "dots" }), svg("circle", { id: "here", r: 8 }));
  const every = Math.ceil(X.length / MOST_POINTS), values = [...new Set(labels)].sort((one, other) => one - other);
  shapes.querySelector("#dots").append(...X.map((x, k) => (k % every ? null : pointOf(x, labels[k], values))).filter(Boolean));
  shapes.addEventListener("click", (event) => {
    const box = shapes.getBoundingClientRect(), k = nearest([((event.clientX - box.left) / box.width) * PLANE_WIDE, ((event.clientY - box.top) / box.height) * PLANE_HIGH]);
    if (k >= 0) turnToPoint(k);
  });
  return html("div", { class: "planebox" }, html("canvas", { id: "answers", width: ACROSS, height: DOWN, "aria-hidden": "true" }), shapes);
}

/** @type {(at: any) => number[]} */
const spot_ = ([x, y]) => [(PLANE_WIDE * (x - plane.from[0])) / (plane.to[0] - plane.from[0]), PLANE_HIGH - (PLANE_HIGH * (y - plane.from[1])) / (plane.to[1] - plane.from[1])];

/** A sample: of the lower label a square, of the upper a circle; of several classes each its colour. */
function pointOf(x, label, values) {
  const [cx, cy] = spot_(x).map((each) => each.toFixed(1)), isUpper = label === values[values.length - 1];
  if (values.length > 2 && isCategories()) return svg("circle", { cx, cy, r: 3.6, fill: HUES[label % HUES.length], class: "dot" });
  if (values.length > 2) return svg("circle", { cx, cy, r: 3.6, class: `dot ${label < 0 ? "lower" : "upper"}` });
  return isUpper ? svg("circle", { cx, cy, r: 3.8, class: "dot upper" }) : svg("rect", { x: Number(cx) - 3.2, y: Number(cy) - 3.2, width: 6.4, height: 6.4, class: "dot lower" });
}

const isCategories = () => data.model.outputs.length > 1;

function nearest(at) {
  let best = -1, least = REACH;
  data.model.X.forEach((x, k) => { const [a, b] = spot_(x), away = Math.hypot(a - at[0], b - at[1]); if (away < least) { least = away; best = k; } });
  return best;
}

/** Buttons and a field to turn to another sample. */
function turner() {
  const field_ = html("input", { id: "sample-number", type: "number", min: 1, max: data.model.X.length, value: 1, "aria-label": "Sample" });
  const [before, after] = [["‹", "Previous sample", -1], ["›", "Next sample", 1]].map(([words, name, way]) => {
    const button = html("button", { type: "button", "aria-label": name });
    button.textContent = words;
    button.addEventListener("click", () => turnToPoint((plane.sample + way + data.model.X.length) % data.model.X.length));
    return button;
  });
  field_.addEventListener("change", () => turnToPoint(clamp(Math.round(Number(field_.value)) - 1 || 0, 0, data.model.X.length - 1)));
  return html("div", { class: "line" }, before, field_, after, html("output", { id: "sample-says" }));
}

/** Put a sample into the leaves of the graph. */
export function turnToPoint(k) {
  const { X, y, inputs, targets } = data.model;
  plane.sample = k;
  remembered(() => change([...inputs.map((place, i) => [place, X[k][i]]), ...targets.map((place, i) => [place, y[k][i]])], false), "sample");
}

// ── the state of things ──

function showSample() {
  const { X, y, inputs, targets, outputs } = data.model, is = (k) => inputs.every((place, i) => state.leaves[place] === X[k][i]) && targets.every((place, i) => state.leaves[place] === y[k][i]);
  if (!is(plane.sample)) { const found = X.findIndex((_, k) => is(k)); if (found >= 0) plane.sample = found; }
  const own = is(plane.sample), values = state.rounds[0].values;
  element("sample-number").value = String(plane.sample + 1);
  element("sample-says").textContent = `${own ? "" : "changed; "}answer ${outputs.map((place) => shown(values[place], 3)).slice(0, 3).join(", ")}${outputs.length > 3 ? ", …" : ""} · target ${targets.map((place) => shown(values[place], 3)).slice(0, 3).join(", ")}`;
  const here = element("here");
  if (here) { const [cx, cy] = spot_(inputs.map((place) => state.leaves[place])); here.setAttribute("cx", cx.toFixed(1)); here.setAttribute("cy", cy.toFixed(1)); }
}

/** Compute the field at the next frame. */
export function refreshPlane() {
  if (!plane.plan || data.model.inputs.length !== 2 || plane.busy) return;
  plane.busy = requestAnimationFrame(() => { plane.busy = 0; fieldOfAnswers(); });
}

/** What every neuron gives everywhere on the plane, row by row from above. */
function fieldOfAnswers() {
  const { plan, from, to } = plane, { leaves } = state, theta = thetaOf(plan, leaves), size = ACROSS * DOWN, last = plan.layers[plan.layers.length - 1];
  const found = plan.layers.map((layer) => Array.from({ length: layer.m }, () => new Float64Array(size))), x = [0, 0];
  for (let at = 0; at < size; at++) {
    x[0] = from[0] + ((to[0] - from[0]) * ((at % ACROSS) + 0.5)) / ACROSS;
    x[1] = to[1] - ((to[1] - from[1]) * (Math.floor(at / ACROSS) + 0.5)) / DOWN;
    passForward(plan, theta, x);
    plan.layers.forEach((layer, l) => { for (let j = 0; j < layer.m; j++) found[l][j][at] = layer.out[j]; });
  }
  plane.outs = found[found.length - 1];
  colourAnswers(plane.outs, last.m);
  element("boundary").setAttribute("d", boundaryOf(plane.outs));
  drawLines(theta);
  plane.images = imagesOf(found);
  repaint();
}

/** The answer in colours: green above the level, purple below; of classes the one that is largest. */
function colourAnswers(outs, count) {
  const pen = element("answers").getContext("2d"), pixels = pen.createImageData(ACROSS, DOWN), level = data.model.level ?? 0, hues = colours(), paper = rgb(hues.paper);
  const away = count === 1 ? Math.max(1e-12, ...Array.from(outs[0], (x) => Math.abs(x - level)).filter(Number.isFinite)) : 1, scale = data.model.level === null ? away : Math.min(away, 1);
  for (let at = 0; at < ACROSS * DOWN; at++) {
    let end = rgb(outs[0][at] > level ? hues.above : hues.below), share = 0.62 * Math.min(1, Math.abs(outs[0][at] - level) / scale) ** 0.6;
    if (count > 1) {
      const all = outs.map((each) => each[at]), best = all.indexOf(Math.max(...all)), second = Math.max(...all.filter((_, k) => k !== best));
      end = rgb(HUES[best % HUES.length]);
      share = 0.15 + 0.4 * Math.min(1, (all[best] - second) / 2);
    }
    for (let c = 0; c < 3; c++) pixels.data[4 * at + c] = paper[c] + (end[c] - paper[c]) * share;
    pixels.data[4 * at + 3] = 255;
  }
  pen.putImageData(pixels, 0, 0);
}

/** Where the answer is at its level, between neighbouring points of the field; of classes where two are equally large. */
function boundaryOf(outs) {
  if (outs.length === 1) return data.model.level === null ? "" : contour((at) => outs[0][at] - data.model.level);
  return outs.map((own, k) => contour((at) => own[at] - Math.max(...outs.filter((_, other) => other !== k).map((each) => each[at])))).join("");
}

/** Marching squares: the line where a function of the field is 0. */
function contour(height) {
  const parts = [], place = (k, row) => [((k + 0.5) * PLANE_WIDE) / ACROSS, ((row + 0.5) * PLANE_HIGH) / DOWN];
  for (let row = 0; row < DOWN - 1; row++) for (let k = 0; k < ACROSS - 1; k++) {
    const corners = [[k, row], [k + 1, row], [k + 1, row + 1], [k, row + 1]], heights = corners.map(([a, b]) => height(b * ACROSS + a));
    const cuts = [];
    for (let side = 0; side < 4; side++) {
      const [one, other] = [side, (side + 1) % 4], [h, g] = [heights[one], heights[other]];
      if (h > 0 === g > 0) continue;
      const t = h / (h - g), [a, b] = [place(...corners[one]), place(...corners[other])];
      cuts.push(`${(a[0] + (b[0] - a[0]) * t).toFixed(1)},${(a[1] + (b[1] - a[1]) * t).toFixed(1)}`);
    }
    for (let c = 0; c + 1 < cuts.length; c += 2) parts.push(`M${cuts[c]}L${cuts[c + 1]}`);
  }
  return parts.join("");
}

/** The line w·x + b = 0 of each neuron of the first layer. */
function drawLines(theta) {
  const [layer] = plane.plan.layers, group = element("lines");
  if (layer.m > 64) return;
  while (group.children.length < layer.m) group.append(svg("path", { class: "zero" }));
  for (let j = 0; j < layer.m; j++) {
    const [u, v] = [theta[layer.weights + 2 * j], theta[layer.weights + 2 * j + 1]], b = theta[layer.biases + j], ends = lineEnds(u, v, b);
    group.children[j].setAttribute("d", ends ? `M${spot_(ends[0]).map((each) => each.toFixed(1))}L${spot_(ends[1]).map((each) => each.toFixed(1))}` : "");
  }
  singleOut();
}

/** Two points of the line u x + v y + b = 0, at the ends of the plane. */
function lineEnds(u, v, b) {
  const { from, to } = plane;
  if (Math.abs(v) * (to[1] - from[1]) >= Math.abs(u) * (to[0] - from[0])) return v ? [from[0], to[0]].map((x) => [x, -(u * x + b) / v]) : null;
  return [from[1], to[1]].map((y) => [-(v * y + b) / u, y]);
}

/** The line of the neuron under the pointer, or of the chosen one. */
function singleOut() {
  const group = element("lines");
  if (!group || !plane.plan || !isNetwork()) return;
  const chosen = state.selected === null ? [] : state.level.cards[state.selected], i = lens.over >= 0 ? lens.over : chosen.length === 1 ? chosen[0] : -1;
  const j = plane.plan.layers[0].a.indexOf(state.level.nodes[i]);
  [...group.children].forEach((line, k) => line.classList.toggle("picked", k === j));
}

// ── thumbnails in the discs ──

/** An image of every neuron's activation, and of the inputs, by the place of its value. */
function imagesOf(found) {
  const images = new Map(), inputs = [0, 1].map((k) => Float64Array.from({ length: ACROSS * DOWN }, (_, at) => (k ? plane.to[1] - ((plane.to[1] - plane.from[1]) * Math.floor(at / ACROSS)) / DOWN : plane.from[0] + ((plane.to[0] - plane.from[0]) * (at % ACROSS)) / ACROSS)));
  data.model.inputs.forEach((place, k) => images.set(place, imageOf(place, inputs[k])));
  plane.plan.layers.forEach((layer, l) => layer.a.forEach((place, j) => images.set(place, imageOf(place, found[l][j]))));
  return images;
}

const kept_ = new Map();

function imageOf(place, numbers) {
  if (!kept_.has(place)) kept_.set(place, Object.assign(document.createElement("canvas"), { width: ACROSS, height: DOWN }));
  const image = kept_.get(place), pen = image.getContext("2d"), pixels = pen.createImageData(ACROSS, DOWN), hues = colours(), paper = rgb(hues.paper), ends = [rgb(hues.below), rgb(hues.above)];
  let most = 1e-12;
  for (const x of numbers) if (Math.abs(x) > most && Math.abs(x) < Infinity) most = Math.abs(x);
  for (let at = 0; at < numbers.length; at++) {
    const x = numbers[at], share = 0.88 * Math.min(1, Math.abs(x) / most), end = ends[Number(x > 0)];
    for (let c = 0; c < 3; c++) pixels.data[4 * at + c] = paper[c] + (end[c] - paper[c]) * share;
    pixels.data[4 * at + 3] = 255;
  }
  pen.putImageData(pixels, 0, 0);
  return image;
}

onUnder((pen) => {
  if (!isNetwork() || state.level.level === "layer" || lens.discs !== "plane" || !plane.images.size) return;
  pen.imageSmoothingEnabled = true;
  for (const each of field.discs) {
    const image = each && !each.isOpen && plane.images.get(state.level.nodes[each.i]);
    if (!image) continue;
    const [x, y] = [each.x + each.r, each.y + each.r];
    pen.save();
    pen.beginPath();
    pen.arc(x, y, each.r, 0, 2 * Math.PI);
    pen.clip();
    pen.drawImage(image, (ACROSS - DOWN) / 2, 0, DOWN, DOWN, x - each.r, y - each.r, 2 * each.r, 2 * each.r);
    pen.restore();
  }
});

export function listenToPlane() {
  if (!data.model) return;
  listen("numbers", () => { showSample(); refreshPlane(); });
  listen("choice", singleOut);
  const cover = () => element("stage").classList.toggle("over-plane", lens.discs === "plane");
  watchLens((what) => { if ("over" in what) singleOut(); if ("discs" in what) cover(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refreshPlane);
  cover();
  refreshPlane();
}
