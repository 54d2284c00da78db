// Why a neuron's gradient is what it is: the sum over the wires that leave it, and the slope of its activation.

import { graph } from "./data.js";
import { shown } from "./numbers.js";
import { listen, state, stateAt } from "./state.js";
import { backOf, calledAt, isNetwork, netOf } from "./netgraph.js";
import { element, html } from "./svg.js";

const MOST_SHARES = 8; // of a sum that are written out, the largest

const inBrackets = (x) => (x < 0 ? `(${shown(x)})` : shown(x));

/** Under the paths of the chosen card: of a neuron of a network its δ, with the numbers of now. */
function explainNeuron() {
  const i = state.selected === null || !isNetwork() ? -1 : state.level.cards[state.selected][0];
  if (i < 0 || (state.level.cards[state.selected].length > 1)) return;
  const now = stateAt(state.position);
  if (state.covered) return;
  if (!now.complete[i]) return element("derivation").append(hinted("Its gradient is still to come."));
  const round = state.rounds[now.r], back = backOf(round), view = state.views[now.r], neuron = netOf().neuronOf.get(i);
  element("derivation").append(...sumOver(i, view, back), ...(neuron?.fires ? throughActivation(neuron, round, back, now.grad[i]) : []));
}

function hinted(words) {
  const made = html("p", { class: "hint" });
  made.textContent = words;
  return made;
}

/** ∂L/∂a as the sum of weight · δ over the wires that leave it, the largest first. */
function sumOver(i, view, back) {
  const { level } = state, root = level.shown[level.shown.length - 1], net = netOf();
  if (i === level.nodes.length - 1) return [derivedBy(`∂${root}/∂${root}`, ["1"])];
  const shares = net.outOf[i].map((edge) => {
    const head = net.neuronOf.get(edge.head), slope = edge.uses.reduce((sum, [child, slot]) => sum + (view.slopes[child][slot] ?? 0), 0), grad = view.grad[edge.head] ?? 0;
    return head && edge.w >= 0 ? { words: `${calledAt(edge.w)} · δ(${calledAt(head.z)})`, one: slopeOf(edge), other: back.get(head.z) ?? 0 } : { words: `∂${level.shown[edge.head]}/∂${level.shown[i]} · ∂${root}/∂${level.shown[edge.head]}`, one: slope, other: grad };
  }).sort((a, b) => Math.abs(b.one * b.other) - Math.abs(a.one * a.other));
  const lines = shares.slice(0, MOST_SHARES).map(({ words, one, other }, k) => `${k ? "+ " : ""}${words} = ${shown(one)} · ${inBrackets(other)} = ${shown(one * other)}`);
  if (shares.length > MOST_SHARES) lines.push(`+ ${shares.length - MOST_SHARES} more = ${shown(shares.slice(MOST_SHARES).reduce((sum, { one, other }) => sum + one * other, 0))}`);
  return [derivedBy(`∂${root}/∂${level.shown[i]} = ${shown(view.grad[i] ?? 0)}`, lines)];
}

const slopeOf = (edge) => state.rounds[stateAt(state.position).r].values[edge.w];

/** δ = ∂L/∂a · g′(z) */
function throughActivation(neuron, round, back, grad) {
  const z = calledAt(neuron.z), root = graph.shown[graph.shown.length - 1], slope = round.partials[neuron.a][0] ?? 0;
  return [derivedBy(`δ(${z}) = ∂${root}/∂${z} = ${shown(back.get(neuron.z) ?? 0)}`, [`${neuron.fires}′(${z}) · ∂${root}/∂${calledAt(neuron.a)} = ${shown(slope)} · ${inBrackets(grad)}`])];
}

function derivedBy(title, lines) {
  const list = html("dl", { class: "why" }), head = html("dt");
  head.textContent = title;
  list.append(head, ...lines.map((line, k) => { const row = html("dd"); row.textContent = k ? line : `= ${line}`; return row; }));
  return list;
}

export function listenToWhy() {
  for (const what of ["choice", "position", "numbers", "level"]) listen(what, explainNeuron);
}
