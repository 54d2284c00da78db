// A level that is drawn as a network: its columns, its neurons, its edges, and the numbers of them at this moment.

import { data, graph, ROOT } from "./data.js";
import { gradients } from "./rounds.js";
import { listen, roundOf, state } from "./state.js";

/** How the network is looked at: what edges and discs stand for, which neurons are open, which is under the pointer. */
export const lens = { edges: "weights", discs: "a", open: new Set(), over: -1 };

/** What draws a network: set by the modules that do. */
export const isNetwork = () => state.level.drawn === "network";

const known_ = new Map();

/** The network of the level: its nodes are those of the level. */
export function netOf(level = state.level) {
  if (!known_.has(level)) known_.set(level, made_(level));
  return known_.get(level);
}

function made_(level) {
  const { columns, neurons } = data.network, at = new Map(level.nodes.map((place, i) => [place, i]));
  const byPlace = new Map(neurons.map(([a, z, b, w, x, fires]) => [a, { a, z, b, w, x, fires }]));
  const neuronOf = new Map([...byPlace].filter(([a]) => at.has(a)).map(([a, neuron]) => [at.get(a), neuron])); // a softmax keeps its z to itself by layers
  const edges = [];
  level.parents.forEach((parents, head) => {
    const neuron = neuronOf.get(head), seen = new Map();
    parents.forEach((tail, slot) => {
      if (seen.has(tail)) return seen.get(tail).uses.push([head, slot]);
      const k = neuron ? neuron.x.indexOf(level.nodes[tail]) : -1;
      const edge = { head, tail, w: k < 0 ? -1 : neuron.w[k], uses: [[head, slot]], at: null };
      seen.set(tail, edge);
      edges.push(edge);
    });
  });
  const found = columns.map((each) => ({ ...each, nodes: each.places.filter((place) => at.has(place)).map((place) => at.get(place)), neurons: each.places.map((place) => byPlace.get(place)) }));
  const into = level.nodes.map(() => []), outOf = level.nodes.map(() => []);
  edges.forEach((edge) => { into[edge.head].push(edge); outOf[edge.tail].push(edge); });
  const columnOf = [];
  found.forEach((column) => column.nodes.forEach((i) => (columnOf[i] = column)));
  return { columns: found, neuronOf, edges, into, outOf, columnOf };
}

/** The gradient of every operation of the round that is shown. */
export function backOf(round = state.rounds[roundOf(state.position - 1)]) {
  return (round.grads ??= gradients(round.partials, ROOT));
}

/** What an edge stands for: its weight, or that weight's gradient; null where it has none. */
export function weighedBy(edge, round, back) {
  if (edge.w < 0) return null;
  return lens.edges === "weights" ? round.values[edge.w] : back.get(edge.w) ?? 0;
}

/** δ of a node: ∂C/∂z of a neuron, of another value its gradient. */
export function deltaOf(i, back) {
  const neuron = netOf().neuronOf.get(i);
  return back.get(neuron ? neuron.z : state.level.nodes[i]) ?? 0;
}

/** The name of a weight, of z, of any operation. */
export const calledAt = (place) => graph.shown[place];

/** Lets everybody who draws know that the lens has changed. */
const watchers = [];
export const watchLens = (does) => watchers.push(does);
export function turnLens(what) {
  Object.assign(lens, what);
  watchers.forEach((does) => does(what));
}

listen("level", () => { lens.open.clear(); lens.over = -1; });
