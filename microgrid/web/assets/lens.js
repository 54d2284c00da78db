// How the network is looked at: by layers, neurons or the operations of one; what edges and discs stand for; and zoom that means it.

import { data } from "./data.js";
import { listen, state, turnTo } from "./state.js";
import { camera } from "./camera.js";
import { isNetwork, lens, netOf, turnLens } from "./netgraph.js";
import { drawNetwork, field, levelCalled, showNetwork, toggleNeuron } from "./network.js";
import { listenToEdges } from "./edges.js";
import { listenToBlocks } from "./blocks.js";
import { walk } from "./stops.js";
import { listenToWhy } from "./why.js";
import { layUnder } from "./under.js";
import { element, html } from "./svg.js";

const FAR = 0.62, NEAR_LAYERS = 1.7, NEAR_NEURON = 1.9; // scales at which a wheel turns to another sight

/** The controls, on the stage. */
function controls(hasPlane) {
  const sights = [["layer", "Layers"], ["neuron", "Neurons"]].map(([level, words]) => {
    const button = html("button", { type: "button", "data-sight": level });
    button.textContent = words;
    button.addEventListener("click", () => turnTo(levelCalled(level)));
    return button;
  });
  const open = html("button", { type: "button", "data-sight": "open", title: "Its operations: double-click, or Enter twice" });
  open.addEventListener("click", () => { const i = chosenNeuron(); if (i >= 0) toggleNeuron(i); });
  const edges = select_("edges", [["weights", "w"], ["gradients", "∂/∂w"]], "edges"), discs = select_("discs", [["a", "a, this sample"], ["plane", "a over the plane"]], "discs");
  discs.hidden = !hasPlane;
  return html("div", { id: "lens", role: "group", "aria-label": "Network" }, ...sights, open, edges, discs);
}

function select_(key, options, words) {
  const made = html("select", { "aria-label": `what ${words} show` }, ...options.map(([value, text]) => new Option(text, value, false, lens[key] === value)));
  made.addEventListener("change", () => { turnLens({ [key]: made.value }); showNetwork(false); });
  return html("label", { "data-lens": key }, `${words} `, made);
}

/** The neuron that is chosen, or -1. */
function chosenNeuron() {
  const i = state.selected === null ? -1 : state.level.cards[state.selected][0];
  return netOf().neuronOf.has(i) ? i : -1;
}

function showLens() {
  const bar = element("lens");
  bar.hidden = !isNetwork();
  if (bar.hidden) return;
  const i = chosenNeuron(), button = bar.querySelector("[data-sight=open]");
  for (const each of bar.querySelectorAll("[data-sight]")) if (each !== button) each.setAttribute("aria-pressed", String(each.dataset.sight === state.level.level));
  button.disabled = i < 0;
  button.textContent = i < 0 ? "Open a neuron" : `${lens.open.has(i) ? "Close" : "Open"} ${state.level.shown[i]}`;
  for (const each of bar.querySelectorAll("label")) each.classList.toggle("idle", state.level.level === "layer");
}

/** The wheel: from far away layers, from near what a neuron is made of. */
function wheeled(event) {
  if (!isNetwork()) return;
  const { k } = camera.view, isIn = event.deltaY < 0, isLayers = state.level.level === "layer";
  const card = event.target.closest?.(".disc[data-card]");
  if (!isLayers && !isIn && k < FAR && levelCalled("layer")) turnTo(levelCalled("layer"));
  else if (isLayers && isIn && k > NEAR_LAYERS) turnTo(levelCalled("neuron"));
  else if (!isLayers && isIn && k > NEAR_NEURON && card && !lens.open.size && netOf().neuronOf.has(Number(card.dataset.card))) toggleNeuron(Number(card.dataset.card));
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Folded graphs have steps of their own; the tutor asks about cards where Graphviz has placed them. */
function fitControls() {
  const learn = element("learn");
  element("grain").disabled = Boolean(state.level.stopsOf);
  if (state.level.drawn && learn.getAttribute("aria-pressed") === "true") learn.click();
  learn.hidden = Boolean(state.level.drawn);
}

/** What a network needs besides the stage. */
export function listenToNetwork() {
  listen("level", fitControls);
  fitControls();
  if (data.network || data.levels.some((level) => level.drawn)) layUnder();
  if (!data.network) return;
  if (data.model?.inputs.length === 2) lens.discs = "plane";
  document.querySelector("header .tools").before(controls(data.model?.inputs.length === 2));
  walk.grain = element("grain").value = "value";
  element("canvas").addEventListener("wheel", wheeled, { passive: false, capture: true });
  listenToEdges();
  listenToBlocks();
  listenToWhy();
  showLens();
  for (const what of ["level", "choice"]) listen(what, showLens);
  new ResizeObserver(() => { if (isNetwork() && field.discs.length) redraw_(); }).observe(element("stage"));
}

let last_ = "";

function redraw_() {
  const { clientWidth, clientHeight } = element("stage"), size = `${clientWidth} ${clientHeight}`;
  if (last_ && last_ !== size) { drawNetwork(); showNetwork(); }
  last_ = size;
}
