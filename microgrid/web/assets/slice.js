// The loss slice: the loss as a function of one leaf, with a dot to drag, the tangent, whose slope is the gradient, and
// at a small step h what the tangent predicts and what the loss does.

import { ROOT, graph } from "./data.js";
import { bracketed, shown } from "./numbers.js";
import { computed, gradients } from "./rounds.js";
import { change, roundOf, state } from "./state.js";
import { remembered } from "./history.js";
import { clamp, html, svg } from "./svg.js";

const POINTS = 200, WIDE = 308, HIGH = 150, PLOT_X = 6, PLOT_Y = 12;
const LARGEST_GRAPH = 4000; // operations: with more, two hundred points take too long
let range = { place: -1, low: 0, high: 1 };

/** Whether a leaf has a slice: one that can be edited, of a loss that is soon computed. */
const hasSlice = (place) => !state.covered && graph.editable.includes(place) && graph.ops.length <= LARGEST_GRAPH;

/** The loss where that leaf is x. */
function lossAt(leaves, place, x) {
  const tried = leaves.slice();
  tried[place] = x;
  return computed(tried).values[ROOT];
}

/** Where the curve goes from and to: about the leaf; it stays while the dot is inside. */
function rangeOf(place, x) {
  const span = Math.max(2 * Math.abs(x), 1), inside = range.place === place && x >= range.low && x <= range.high;
  if (!inside) range = { place, low: x - span, high: x + span };
  return range;
}

/** The numbers of a slice: the curve, the tangent at x, and both ends of a small step. */
export function sliced(leaves, place) {
  const x = leaves[place], { low, high } = rangeOf(place, x), { values, partials } = computed(leaves);
  const slope = gradients(partials, ROOT).get(place) ?? 0, loss = values[ROOT], h = (high - low) / 8;
  const curve = Array.from({ length: POINTS }, (_, k) => { const at = low + ((high - low) * k) / (POINTS - 1); return [at, lossAt(leaves, place, at)]; });
  return { x, low, high, loss, slope, h, curve, actual: lossAt(leaves, place, x + h), predicted: loss + slope * h };
}

/** The slice of a leaf, for the inspector. */
export function drawSlice(place) {
  if (!hasSlice(place) || roundOf(state.position - 1) > 0) return [];
  const found = sliced(state.leaves, place), { x, low, high, loss, slope, h, curve, actual, predicted } = found;
  const known = [...curve.map(([, y]) => y), loss].filter(Number.isFinite).sort((a, b) => a - b);
  if (!known.length || !Number.isFinite(loss)) return [];
  const bottom = known[0], top = Math.max(known[Math.floor(known.length * 0.97)], loss) + 1e-12 * Math.abs(loss), height = top - bottom || 1;
  const px = (at) => PLOT_X + ((WIDE - 2 * PLOT_X) * (at - low)) / (high - low), py = (y) => HIGH - PLOT_Y - ((HIGH - 2 * PLOT_Y) * (y - bottom)) / height;
  /** @type {(pair: number[]) => string} */
  const point = ([at, y]) => `${px(at).toFixed(1)},${clamp(py(y), -50, HIGH + 50).toFixed(1)}`;
  const pieces = curve.reduce((text, each, k) => (Number.isFinite(each[1]) ? `${text}${k && Number.isFinite(curve[k - 1][1]) ? "L" : "M"}${point(each)}` : text), "");
  const reach = (high - low) / 3, tangent = [[x - reach, loss - slope * reach], [x + reach, loss + slope * reach]];
  const dot = svg("circle", { class: "dot", cx: px(x), cy: py(loss), r: 7, tabindex: -1 });
  const plot = svg("svg", { class: "slice", viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": `The loss as a function of ${graph.shown[place]}: slope ${shown(slope)} at ${shown(x)}` },
    svg("path", { class: "curve", d: pieces }), svg("path", { class: "tangent", d: `M${tangent.map(([at, y]) => `${px(at).toFixed(1)},${py(y).toFixed(1)}`).join("L")}` }),
    svg("path", { class: "gap predicted", d: `M${px(x + h)},${py(loss)}V${py(predicted)}` }), svg("path", { class: "gap actual", d: `M${px(x + h) + 5},${py(loss)}V${clamp(py(actual), -50, HIGH + 50)}` }), dot);
  dragDot(plot, dot, place, (event) => { const box = (document.querySelector(".slice") ?? plot).getBoundingClientRect(); return low + ((high - low) * (((event.clientX - box.left) / box.width) * WIDE - PLOT_X)) / (WIDE - 2 * PLOT_X); });
  const said = html("p", { class: "hint" }), L = graph.shown[ROOT], w = graph.shown[place];
  said.textContent = `slope ∂${bracketed(L)}/∂${bracketed(w)} = ${shown(slope)}; at ${w} + ${shown(h, 2)} the tangent predicts ${signed(predicted - loss)}, ${L} really changes by ${signed(actual - loss)}`;
  return [plot, said];
}

const signed = (x) => (x > 0 ? `+${shown(x, 3)}` : shown(x, 3));

/** The dot goes where the pointer is; the plot that takes its place goes on with the same drag. */
function dragDot(plot, dot, place, numberAtPointer) {
  dot.addEventListener("pointerdown", (event) => {
    const key = `dot ${place} ${event.timeStamp}`;
    const move = (each) => {
      const { low, high } = range, x = clamp(numberAtPointer(each), low, high);
      remembered(() => change([[place, Number(x.toPrecision(3))]]), key);
    };
    const stop = () => { removeEventListener("pointermove", move); removeEventListener("pointerup", stop); };
    addEventListener("pointermove", move);
    addEventListener("pointerup", stop);
    event.preventDefault();
  });
}
