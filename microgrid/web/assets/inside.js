// An open neuron: its weighted sum with a row for each input, and its activation, as one card of two parts.

import { data, graph } from "./data.js";
import { shown } from "./numbers.js";
import { state } from "./state.js";
import { netOf } from "./netgraph.js";
import { editable } from "./dragging.js";
import { svg, width, write } from "./svg.js";

const MOST_TERMS = 18; // rows of a sum; of a longer one the largest
const CARD_WIDE = 372, ROW = 21, TOP = 26, WORDS_ROW = 18, FOOT = 42;
const COLUMNS = [{ x: 160, key: "w", kind: "data" }, { x: 226, key: "x", kind: "data" }, { x: 292, key: "wx", kind: "data" }, { x: 364, key: "g", kind: "grad" }];

/** Where the wire of an input ends, from the top of an open card. */
export const PORTS = (card, tail) => card.ports.get(state.level.nodes[tail]) ?? card.rest;

/** The card of a neuron. */
export function cardOfNeuron(i) {
  const neuron = netOf().neuronOf.get(i), round = state.rounds[0], group = svg("g", { class: "card open", "data-card": i, tabindex: 0, role: "button" });
  const terms = neuron.w.map((w, k) => ({ w, x: neuron.x[k] })), some = shownTerms(terms, round), card = { i, group, neuron, rows_: [], ports: new Map(), w: CARD_WIDE, h: 0, rest: 0, more: terms.length - some.length };
  const paper = svg("rect", { class: "paper", width: CARD_WIDE, rx: 8 }), halo = svg("rect", { class: "halo", x: -5, y: -5, width: CARD_WIDE + 10, rx: 12 });
  group.append(halo, paper);
  header(group, 0, `${graph.shown[neuron.z]} = Σ w·x + b`);
  ["w", "× input", "= share", `∂${graph.shown[graph.shown.length - 1]}/∂w`].forEach((word, k) => put_(group, COLUMNS[k].x, TOP + 13, "word end", word));
  let y = TOP + WORDS_ROW;
  for (const term of some) { card.rows_.push(termRow(card, term, y)); card.ports.set(term.x, y + ROW / 2); y += ROW; }
  card.rest = y - ROW / 2;
  if (card.more) { put_(group, 10, y + 15, "word", `… and ${card.more} more, together`); card.rest = y + ROW / 2; card.together = put_(group, COLUMNS[2].x, y + 15, "data end", ""); card.others = terms.filter((term) => !some.includes(term)); y += ROW; }
  card.bias = termRow(card, { w: neuron.b, x: -1 }, y);
  const own = state.level.names[i];
  y = footer(card, y + ROW, "sum", neuron.fires ? graph.names[neuron.z] : own, neuron.fires ? `δ = ∂${graph.shown[graph.shown.length - 1]}/∂${graph.shown[neuron.z]}` : "grad");
  if (neuron.fires) {
    header(group, y, `${graph.shown[neuron.a]} = ${neuron.fires}(${graph.shown[neuron.z]})`);
    card.slope = put_(group, CARD_WIDE - 8, y + TOP + 15, "end soft", "");
    put_(group, 10, y + TOP + 15, "", `∂${graph.shown[neuron.a]}/∂${graph.shown[neuron.z]}`);
    y = footer(card, y + TOP + ROW, "out", own, "grad");
  }
  card.h = y;
  paper.setAttribute("height", String(y));
  halo.setAttribute("height", String(y + 10));
  return card;
}

/** The terms of a sum that have a row: all, or those that add most. */
function shownTerms(terms, round) {
  if (terms.length <= MOST_TERMS) return terms;
  const size = ({ w, x }) => Math.abs(round.values[w] * round.values[x]), kept = new Set([...terms].sort((one, other) => size(other) - size(one)).slice(0, MOST_TERMS - 2));
  return terms.filter((term) => kept.has(term));
}

function put_(group, x, y, kind, words) {
  const text = svg("text", { class: kind, x, y });
  text.textContent = words;
  group.append(text);
  return text;
}

function header(group, y, words) {
  group.append(svg("path", { class: "head", d: y ? `M0,${y}h${CARD_WIDE}v${TOP}h${-CARD_WIDE}z` : `M0,${TOP}V8Q0,0 8,0H${CARD_WIDE - 8}Q${CARD_WIDE},0 ${CARD_WIDE},8V${TOP}Z` }));
  const text = put_(group, CARD_WIDE / 2, y + 18, "title named", words);
  if (width(words, "600") > CARD_WIDE - 20) { text.setAttribute("textLength", String(CARD_WIDE - 20)); text.setAttribute("lengthAdjust", "spacingAndGlyphs"); }
}

/** One weight, what it is applied to, and what that adds; or the bias. */
function termRow(card, { w, x }, y) {
  const row = { w, x, texts: {} }, isBias = x < 0;
  if (!isBias) card.group.append(svg("circle", { class: "port", cx: 0, cy: y + ROW / 2, r: 3.5 }));
  write(put_(card.group, 12, y + 15, "name", ""), isBias ? graph.shown[w] : `${graph.shown[w]} · ${graph.shown[x]}`, 88);
  card.group.append(svg("rect", { class: "pill", x: COLUMNS[0].x - 56, y: y + 2.5, width: 60, height: ROW - 5, rx: 4 }));
  for (const { x: at, key, kind } of COLUMNS) if (!isBias || key !== "x") row.texts[key] = put_(card.group, at, y + 15, `${kind} end`, "");
  row.texts.w.dataset.valueOf = graph.names[w];
  row.texts.g.dataset.gradOf = graph.names[w];
  if (graph.editable.includes(w)) editable(row.texts.w, () => w);
  return row;
}

function footer(card, y, key, name, word) {
  card.group.append(svg("path", { class: "rule", d: `M0,${y}H${CARD_WIDE}M${CARD_WIDE / 2},${y}V${y + FOOT}` }));
  put_(card.group, CARD_WIDE / 4, y + 13, "word middle", "data");
  put_(card.group, (3 * CARD_WIDE) / 4, y + 13, "word middle", word);
  const texts = [0, 1].map((side) => put_(card.group, (CARD_WIDE / 4) * (1 + 2 * side), y + 31, `${["data", "grad"][side]} number middle`, ""));
  texts[0].dataset.valueOf = name;
  texts[1].dataset.gradOf = name;
  card[key] = texts;
  return y + FOOT;
}

/** Write every number of an open neuron, as it stands. */
export function paintNeuron(card, now, round, back) {
  const { i, neuron } = card, known = now.known[i], over = now.complete[i], view = state.views[now.r], sure = round.values;
  const say = (text, x, is, exactly = true) => {
    write(text, state.covered && !is ? "" : shown(x, 4), 62);
    text.classList.toggle("ghost", !is);
    if (is && exactly) text.dataset.exact = String(x); else delete text.dataset.exact;
  };
  for (const { w, x, texts } of [...card.rows_, card.bias]) {
    say(texts.w, now.values[state.level.nodes.indexOf(w)] ?? sure[w], true);
    if (texts.x) say(texts.x, sure[x], known, false);
    say(texts.wx, x < 0 ? sure[w] : sure[w] * sure[x], known, false);
    say(texts.g, back.get(w) ?? 0, over);
  }
  if (card.together) say(card.together, card.others.reduce((sum, { w, x }) => sum + sure[w] * sure[x], 0), known, false);
  say(card.sum[0], sure[neuron.z], known);
  if (neuron.fires) {
    say(card.sum[1], back.get(neuron.z) ?? 0, over);
    say(card.slope, round.partials[neuron.a][0] ?? 0, known, false);
  }
  const [value, grad] = neuron.fires ? card.out : card.sum, reached = now.shares[i] > 0;
  say(value, now.values[i], known);
  say(grad, reached ? now.grad[i] : view.grad[i] ?? 0, reached);
  grad.classList.toggle("so-far", reached && !over);
}
