// The leaves: for each a name to drag, a number to type, a slider, and the bar of its gradient.

import { graph, ROOT } from "./data.js";
import { sampleOf } from "./levels.js";
import { format, shown } from "./numbers.js";
import { gradients } from "./rounds.js";
import { BEGIN, change, listen, state, stateAt } from "./state.js";
import { dragged, nudge } from "./dragging.js";
import { remembered } from "./history.js";
import { element, html } from "./svg.js";

const SLIDER = 1000; // steps of a slider from one end to the other
const rows = new Map();
let isTyping = false;

/** A number that fits its field; in full while the field has the focus. */
const brief = (x) => String(Number(x.toPrecision(6)));

// A slider goes from −span to span, finer about 0: span is ten times the number it began with, or 10.
const spanOf = (place) => Math.max(10 ** Math.ceil(Math.log10(Math.abs(BEGIN[place]) || 0.1)) * 2, 1);
const numberAt = (t, span) => { const u = t / SLIDER; return Number((Math.sign(u) * span * u * u).toPrecision(3)); };
const placeOf = (x, span) => SLIDER * Math.sign(x) * Math.sqrt(Math.min(1, Math.abs(x) / span));

function leafRow(place) {
  const name = html("span", { class: "name", title: "drag to change" }), slope = html("output", { class: "slope" }), bar = html("i", { class: "gradbar" });
  const input = html("input", { type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", "data-leaf": graph.names[place], "aria-label": graph.shown[place] });
  const slider = html("input", { type: "range", min: -SLIDER, max: SLIDER, step: 1, "aria-label": `slider of ${graph.shown[place]}`, tabindex: -1 });
  name.textContent = graph.shown[place];
  input.addEventListener("focus", () => (input.value = String(state.leaves[place])));
  input.addEventListener("blur", () => (input.value = brief(state.leaves[place])));
  input.addEventListener("input", () => typed(place, input));
  input.addEventListener("change", () => { if (input.getAttribute("aria-invalid") === "true") refuse(place, input); });
  input.addEventListener("keydown", (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!way) return;
    nudge(place, way * (event.shiftKey ? 10 : 1));
    event.preventDefault();
  });
  slider.addEventListener("input", () => remembered(() => change([[place, numberAt(Number(slider.value), spanOf(place))]]), `slider ${place}`));
  dragged(name, () => place);
  const row = html("div", { class: "leaf" }, name, input, slider, slope, bar);
  rows.set(place, { input, slider, slope, bar, row });
  return row;
}

function typed(place, input) {
  const text = input.value.trim().replace("−", "-"), x = Number(text), good = text !== "" && Number.isFinite(x);
  input.setAttribute("aria-invalid", String(!good));
  isTyping = true; // what a person types stays as it is
  if (good) remembered(() => change([[place, x]]), `typed ${place}`);
  isTyping = false;
}

function refuse(place, input) {
  element("message").textContent = `“${input.value}” is no number; ${graph.shown[place]} keeps ${shown(state.leaves[place])}.`;
  input.setAttribute("aria-invalid", "false");
  input.value = String(state.leaves[place]);
}

export function listLeaves() {
  const groups = { input: "inputs", parameter: "parameters", constant: "constants" };
  for (const [role, title] of Object.entries(groups)) {
    const places = graph.editable.filter((place) => graph.roles[place] === role);
    if (!places.length) continue;
    const group = html("details", { class: "group" }, html("summary", {}, `${places.length} ${places.length === 1 ? title.slice(0, -1) : title}`));
    group.open = places.length <= 40;
    group.append(html("div", { class: "list" }, ...places.map(leafRow)));
    element("leaves").append(group);
  }
  element("leaves").hidden = !graph.editable.length;
  showRows();
}

/** The numbers of the leaves, except where a person is typing, and their gradients once these are there. */
export function showLeaves() {
  const now = stateAt(state.position), round = state.rounds[now.r];
  const grads = now.over && !state.covered ? (round.grads ??= gradients(round.partials, ROOT)) : null;
  const most = grads ? Math.max(1e-300, ...[...rows.keys()].map((place) => Math.abs(grads.get(place) ?? 0)).filter(Number.isFinite)) : 1;
  element("leaves").style.setProperty("--digits", String(format.digits));
  element("leaves").classList.toggle("long", format.digits > 6); // then gradients stand in lines of their own
  for (const [place, { input, slider, slope, bar }] of rows) {
    if (document.activeElement !== input) input.value = brief(state.leaves[place]);
    else if (!isTyping) input.value = String(state.leaves[place]);
    if (document.activeElement !== slider) slider.value = String(placeOf(state.leaves[place], spanOf(place)));
    const grad = grads ? grads.get(place) ?? 0 : null;
    slope.textContent = grad === null ? "" : shown(grad);
    slope.title = grad === null ? "" : `gradient of ${graph.shown[place]}`;
    bar.style.setProperty("--share", String(grad === null ? 0 : Math.min(1, Math.abs(grad) / most)));
    bar.classList.toggle("below", grad < 0);
  }
}

/** The inputs of the sample that is shown. */
export function showRows() {
  for (const [place, { row }] of rows) row.hidden = ![-1, state.sample].includes(sampleOf(state.level, place));
}

/** The field of a leaf. */
export const fieldOf = (place) => rows.get(place)?.input;

listen("position", showLeaves);
listen("numbers", showLeaves);
listen("sample", showRows);
