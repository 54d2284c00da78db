// Steps of gradient descent on every parameter, and the curve of the loss.

import { PARAMETERS, ROOT, graph } from "./data.js";
import { shown } from "./numbers.js";
import { descended } from "./rounds.js";
import { BEGIN, change, listen, state } from "./state.js";
import { forget, remembered } from "./history.js";
import { element } from "./svg.js";

let losses = [], training = 0;

function rate() {
  const field = element("rate"), text = field.value.trim(), x = Number(text.replace("−", "-")), good = text !== "" && Number.isFinite(x);
  field.setAttribute("aria-invalid", String(!good));
  if (!good) progress(`“${field.value}” is no learning rate; write a number such as 0.1`);
  return good ? x : null;
}

const progress = (text) => (element("progress").textContent = text);
const loss = () => state.rounds[0].values[ROOT];

/** One step of gradient descent on every parameter; whether it could be made. */
function update(key) {
  const step = rate();
  if (step === null) return false;
  if (!losses.length) losses = [loss()];
  const moves = descended(state.rounds[0], ROOT, PARAMETERS, step);
  remembered(() => change(moves.map(({ place, after }) => [place, after]), false), key);
  losses.push(loss());
  progress(`${losses.length - 1} update${losses.length > 2 ? "s" : ""}: ${graph.shown[ROOT]} ${shown(losses[0])} → ${shown(loss())}`);
  drawCurve();
  return Number.isFinite(loss());
}

export function drawCurve() {
  element("curve").toggleAttribute("hidden", !losses.length);
  const curve = element("curve"), known = losses.filter(Number.isFinite), high = Math.max(...known), least = Math.min(...known);
  const low = least > high / 2 ? least : Math.min(0, least), height = high - low || 1;
  const point = (x, i) => [6 + (290 * i) / Math.max(losses.length - 1, 1), 84 - (72 * (x - low)) / height];
  const every = Math.ceil(losses.length / 600);
  const points = losses.map(point).filter(([, y], i) => Number.isFinite(y) && (i % every === 0 || i === losses.length - 1));
  curve.querySelector("polyline").setAttribute("points", points.map((pair) => pair.map((x) => x.toFixed(1)).join(",")).join(" "));
  const [x, y] = points[points.length - 1] ?? [6, 84], [top, bottom] = curve.querySelectorAll("text");
  curve.querySelector("circle").setAttribute("cx", String(x));
  curve.querySelector("circle").setAttribute("cy", String(y));
  top.textContent = known.length ? shown(high) : "";
  bottom.textContent = known.length && low ? shown(low) : "";
  curve.setAttribute("aria-label", losses.length
    ? `Loss, from ${shown(losses[0])} to ${shown(losses[losses.length - 1])} in ${losses.length - 1} updates` : "Loss: no update yet");
}

function stopTraining() {
  cancelAnimationFrame(training);
  training = 0;
  element("train").textContent = "Play updates";
}

function train() {
  if (training) return stopTraining();
  element("train").textContent = "Pause updates";
  const key = `train ${performance.now()}`;
  const tick = () => {
    if (update(key)) training = requestAnimationFrame(tick);
    else {
      stopTraining();
      if (!Number.isFinite(loss())) progress(`The loss is ${shown(loss())}; Reset, and take a smaller rate`);
    }
  };
  training = requestAnimationFrame(tick);
}

/** Every number as it was when the page was made. */
function reset() {
  stopTraining();
  losses = [];
  change(BEGIN.map((x, place) => [place, x]));
  forget();
  progress("");
  drawCurve();
}

export function listenToLearning() {
  element("update").addEventListener("click", () => { stopTraining(); update(null); });
  element("train").addEventListener("click", train);
  element("reset").addEventListener("click", reset);
}

listen("numbers", (isEdit) => { if (isEdit && losses.length && !training) { losses = []; progress(""); drawCurve(); } });
