// Training on all samples: a worker runs epochs, the curve of their loss is a slider over the parameters of each.

import { data, graph } from "./data.js";
import { shown } from "./numbers.js";
import { BEGIN, change, listen, state } from "./state.js";
import { forget, remembered } from "./history.js";
import { epochOf, meanLoss, passForward, thetaOf } from "./plan.js";
import { plane } from "./plane.js";
import { element, html, svg } from "./svg.js";

const MOST_KEPT = 2400, LOCAL = 10; // sets of parameters; milliseconds a frame where there is no worker
const source_ = globalThis.document?.currentScript?.textContent ?? "";

// losses[e] is the loss after e epochs; kept[i] the parameters after i · every epochs, or the last ones
const course = { losses: [], kept: [], every: 1, at: 0, theta: null, end: null, worker: null, on: false, unseen: 0, frame: 0, key: "", begun: 0, first: 0 };

const says_ = (text) => (element("progress").textContent = text);
const places_ = () => plane.plan.places;

// ── the course so far ──

/** Begin at the parameters as they are. */
function beginCourse() {
  const theta = thetaOf(plane.plan, state.leaves);
  Object.assign(course, { losses: [meanLoss(plane.plan, theta, data.model)], kept: [theta], every: 1, at: 0, theta, end: theta });
  showCourse();
}

/** What comes after the epoch that is shown is forgotten. */
function cutCourse() {
  if (course.at >= course.losses.length - 1) return;
  course.losses.length = course.at + 1;
  course.kept.length = Math.floor(course.at / course.every) + 1;
  course.end = course.theta;
}

/** Parameters after one more epoch, and the loss before it. */
function keepEpoch(loss, theta) {
  course.losses[course.losses.length - 1] = loss;
  course.losses.push(NaN);
  course.end = theta;
  const epoch = course.losses.length - 1;
  if (epoch % course.every === 0) course.kept.push(theta);
  if (course.kept.length > MOST_KEPT) {
    course.kept = course.kept.filter((_, i) => i % 2 === 0);
    course.every *= 2;
  }
}

/** Show the network after so many epochs, or the nearest that is kept. */
function showEpoch(epoch) {
  const last = course.losses.length - 1, i = Math.min(Math.round(epoch / course.every), course.kept.length - 1);
  const isLast = epoch >= last;
  course.at = isLast ? last : i * course.every;
  course.theta = isLast ? course.end : course.kept[i];
  if (isLast) course.losses[last] = meanLoss(plane.plan, course.theta, data.model);
  remembered(() => change(places_().map((place, k) => [place, course.theta[k]]), false), course.key);
  showCourse();
}

// ── learning ──

function pace() {
  const fieldOfRate = element("rate"), x = Number(fieldOfRate.value.trim().replace("−", "-")), good = fieldOfRate.value.trim() !== "" && Number.isFinite(x);
  fieldOfRate.setAttribute("aria-invalid", String(!good));
  if (!good) says_(`“${fieldOfRate.value}” is no learning rate; write a number such as 0.1`);
  return good ? x : null;
}

/** One epoch, here and now. */
function oneEpoch() {
  const rate = pace();
  if (rate === null) return;
  stopCourse();
  cutCourse();
  const theta = Float64Array.from(course.end);
  keepEpoch(epochOf(plane.plan, theta, data.model, rate), theta);
  course.key = null;
  showEpoch(course.losses.length - 1);
}

function startCourse() {
  const rate = pace();
  if (rate === null) return;
  cutCourse();
  Object.assign(course, { on: true, unseen: 0, key: `course ${performance.now()}`, begun: performance.now(), first: course.losses.length - 1 });
  element("train").textContent = "Pause updates";
  const worker = workerOf();
  if (worker) worker.postMessage({ graph, network: data.network, model: data.model, theta: Float64Array.from(course.end), rate });
  else course.frame = requestAnimationFrame(() => alone(rate));
}

/** The worker; null where the browser gives none. */
function workerOf() {
  if (course.worker) return course.worker;
  try {
    course.worker = new Worker(URL.createObjectURL(new Blob([source_], { type: "text/javascript" })));
    course.worker.onmessage = ({ data: told }) => { if (course.on && told.losses) receive(told); };
    course.worker.onerror = () => { course.worker = null; };
  } catch { course.worker = null; }
  return course.worker;
}

function receive({ losses, kept, over }) {
  losses.forEach((loss, i) => keepEpoch(loss, kept[i]));
  course.unseen += 1;
  course.frame ||= requestAnimationFrame(() => {
    course.frame = 0;
    if (!course.on) return;
    showEpoch(course.losses.length - 1);
    for (; course.unseen > 0; course.unseen--) course.worker?.postMessage({ seen: true });
    if (over) brokenOff();
  });
}

/** Epochs between two frames, without a worker. */
function alone(rate) {
  const begun = performance.now();
  while (performance.now() - begun < LOCAL) { const theta = Float64Array.from(course.end); keepEpoch(epochOf(plane.plan, theta, data.model, rate), theta); }
  showEpoch(course.losses.length - 1);
  if (!Number.isFinite(course.losses[course.losses.length - 1])) return brokenOff();
  if (course.on) course.frame = requestAnimationFrame(() => alone(rate));
}

function brokenOff() {
  stopCourse();
  says_(`The loss is ${shown(course.losses[course.losses.length - 1])}; Reset, and take a smaller rate`);
}

export function stopCourse() {
  if (course.on && course.worker) course.worker.postMessage({ stop: true });
  cancelAnimationFrame(course.frame);
  Object.assign(course, { on: false, frame: 0 });
  element("train").textContent = "Play updates";
}

// ── what a person sees of it ──

function showCourse() {
  const { losses, at } = course, last = losses.length - 1, slider = element("epoch");
  slider.max = String(last);
  slider.value = String(at);
  slider.disabled = last === 0;
  slider.setAttribute("aria-valuetext", `epoch ${at} of ${last}, loss ${shown(losses[at])}`);
  const speed = course.on && performance.now() - course.begun > 500 ? ` · ${Math.round((1000 * (last - course.first)) / (performance.now() - course.begun)).toLocaleString("en")} epochs a second` : "";
  says_(`epoch ${at.toLocaleString("en")}${at < last ? ` of ${last.toLocaleString("en")}` : ""}: C ${at ? `${shown(losses[0])} → ` : "= "}${shown(losses[at])}${rightOf()}${speed}`);
  drawCourse();
}

/** How many answers are right, where the targets are labels. */
function rightOf() {
  const { X, labels, level, outputs } = data.model;
  if (outputs.length === 1 && level === null) return "";
  const upper = Math.max(...labels), right = X.filter((x, i) => {
    const out = passForward(plane.plan, course.theta, x);
    if (outputs.length > 1) return out.indexOf(Math.max(...out)) === labels[i];
    return (level ? out[0] >= level : out[0] > 0) === (labels[i] === upper);
  }).length;
  return ` · ${right} of ${X.length} right`;
}

function drawCourse() {
  const curve = element("curve"), { losses, at } = course, known = losses.filter(Number.isFinite), high = Math.max(...known), least = Math.min(...known);
  const low = least > high / 2 ? least : Math.min(0, least), height = high - low || 1, last = Math.max(losses.length - 1, 1), step = Math.ceil(losses.length / 500);
  const point = (e) => [6 + (290 * e) / last, 84 - (72 * (losses[e] - low)) / height];
  const points = losses.map((_, e) => e).filter((e) => Number.isFinite(losses[e]) && (e % step === 0 || e === losses.length - 1)).map(point);
  curve.querySelector("polyline").setAttribute("points", points.map((pair) => pair.map((x) => x.toFixed(1)).join(",")).join(" "));
  const [x, y] = Number.isFinite(losses[at]) ? point(at) : [6, 84], [top, bottom] = curve.querySelectorAll("text");
  curve.querySelector("circle").setAttribute("cx", x.toFixed(1));
  curve.querySelector("circle").setAttribute("cy", y.toFixed(1));
  [top.textContent, bottom.textContent] = [known.length ? shown(high) : "", low ? shown(low) : ""];
  curve.setAttribute("aria-label", `Mean loss of all samples, from ${shown(losses[0])} to ${shown(losses[losses.length - 1])} in ${losses.length - 1} epochs`);
}

export function listenToEpochs() {
  const slider = html("input", { type: "range", id: "epoch", min: 0, max: 0, step: 1, value: 0, "aria-label": "Epoch" }), hint = html("p", { class: "hint" });
  hint.textContent = "C: the mean loss of all samples. An epoch is one step against its gradient; the slider goes back to any.";
  element("curve").after(slider);
  element("progress").after(hint);
  slider.addEventListener("input", () => { stopCourse(); course.key = "epoch"; showEpoch(Number(slider.value)); });
  element("update").addEventListener("click", oneEpoch);
  element("train").addEventListener("click", () => (course.on ? stopCourse() : startCourse()));
  element("rate").addEventListener("change", () => { if (course.on) { stopCourse(); startCourse(); } });
  element("reset").addEventListener("click", () => {
    stopCourse();
    change(BEGIN.map((x, place) => [place, x]));
    forget();
  });
  listen("numbers", () => { if (!plane.plan.places.every((place, k) => Object.is(state.leaves[place], course.theta[k]))) { stopCourse(); beginCourse(); } });
  beginCourse();
}
