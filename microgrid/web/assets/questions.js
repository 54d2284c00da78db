// What the tutor asks about a step, and what is right: which wire, which local derivative, which sign, how much.

import { data, graph } from "./data.js";
import { bracketed, filled, shown } from "./numbers.js";
import { SHAPES } from "./operations.js";
import { stage } from "./stage.js";
import { state, stateAt, stepTo } from "./state.js";
import { beside } from "./stops.js";

/** The question of the stop after a position; null where nothing is asked there. */
export function questionAfter(at) {
  const to = beside(at, 1), steps = Array.from({ length: to - at }, (_, k) => stepTo(at + k + 1)), step = steps.find(isAsked);
  return step ? { at, to, step, steps, phases: phasesOf(step), rule: ruleOf(step), number: numberOf(step) } : null;
}

const isLiteral = (i) => graph.roles[state.level.nodes[i]] === "constant";

function isAsked(step) {
  if (!Number.isFinite(numberOf(step) ?? NaN)) return false;
  if (step.kind === "backward") return !isLiteral(step.node) && Number.isFinite(step.numbers.p) && Number.isFinite(step.numbers.u);
  return step.kind === "update" || (state.level.cardOf[step.node] !== undefined && canBeWorkedOut(step));
}

/** Whether a sentence says how its value is computed: in names, and not of too many. */
const canBeWorkedOut = (step) => sidesOf(step).slice(1).some((side) => !side.includes("\ue000") && !side.includes("…") && /\p{L}/u.test(side));

/** The number that a step makes. */
function numberOf(step) {
  if (step.kind === "forward") return state.rounds[step.r].values[state.level.nodes[step.node]];
  if (step.kind === "backward") return step.numbers.c;
  return step.kind === "update" && step.numbers.g !== undefined && step.numbers.r !== undefined ? step.numbers.a : undefined;
}

function phasesOf(step) {
  if (step.kind !== "backward") return ["number"];
  return [...(rowOfUse(step.child, step.slot) ? ["which"] : []), ...(choicesOf(step).length > 1 ? ["what"] : []), "sign", "number"];
}

/** A rule is learnt once forward and once back: `forward 3` is rule 3 of the table, forward; without a number, any other. */
function ruleOf(step) {
  const { level } = state, use = level.slopes?.[step.child]?.[step.slot];
  return `${step.kind} ${(step.kind === "forward" ? level.rules?.[step.node] : use?.[0]) ?? ""}`.trim();
}

/** What a rule computes, how, by which input it is differentiated, and the local derivative: as the table has it. */
export const lawOf = (rule) => data.choices.rules[rule.split(" ")[1]] ?? ["", "", "", ""];

// ── local derivatives ──

/** The right formula and the wrong ones, each a shape and the places of its numbers. */
export const choicesOf = (step) => state.level.slopes?.[step.child]?.[step.slot]?.[1] ?? [];

const BLANKS = /\ue000n(\d+)\ue001/g, POWERS = /^[\^⁰¹²³⁴⁵⁶⁷⁸⁹]/;

/** A choice in the names of the network. */
export const choiceInNames = ([shape, ...places]) => data.choices.shapes[shape].replace(BLANKS, (whole, i, at, all) => {
  const name = nameOfPlace(places[i]), isRaised = POWERS.test(all.slice(at + whole.length)) && /[⁰¹²³⁴⁵⁶⁷⁸⁹]$/.test(name);
  return isRaised ? `(${name})` : bracketed(name);
});

const nameOfPlace = (place) => state.level.shown[state.level.nodes.indexOf(place)] ?? graph.shown[place];

/** A choice with its numbers put in, and what it comes to. */
export const choiceInNumbers = ([shape, ...places], r) => filled(data.choices.shapes[shape], (what) => state.rounds[r].values[places[Number(what.slice(1))]]);
export const choiceComesTo = ([shape, ...places], r) => SHAPES[shape](places.map((place) => state.rounds[r].values[place]));

/** The choices in an order of the step's own, each with its place among them: 0 is right. */
export function shuffled(question) {
  const all = choicesOf(question.step).map((choice, k) => ({ choice, k }));
  let seed = (question.to * 2654435761 + 12345) >>> 0;
  for (let i = all.length - 1; i > 0; i--) {
    seed = (seed * 1664525 + 1013904223) >>> 0;
    const j = Math.floor((seed / 2 ** 32) * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

// ── wires ──

/** The row of a card that a use enters by. */
export function rowOfUse(child, slot) {
  const card = stage.cards[state.level.cardOf[child]];
  if (!card || card.isRow) return null;
  const wire = wiresOf().find((each) => each.uses.some(([c, s]) => c === child && s === slot));
  return wire ? card.rows.find((each) => each.slot === wire.slot || each.kind === "many") ?? null : null;
}

/** All wires of the level, those too that are rows of a card: what they stand for, and what they are called. */
export function wiresOf() {
  const { level } = state, name = (i) => (level.cards[i].length === 1 ? level.shown[level.cards[i][0]] : (level.boxes[i]?.title ?? "").split(" = ")[0]);
  return level.wires.map((wire) => ({ head: wire[0], slot: wire[1], tail: wire[2], uses: level.usesOf(wire), called: () => `${name(wire[0])} → ${name(wire[2])}` }));
}

/** How a use stands: it "pays" next, it "could" pay as well, it has "paid", or it is too "early". */
export function standing(question, uses) {
  const now = stateAt(question.at), { order } = state.level;
  if (uses.some(([child, slot]) => question.steps.some((step) => step.child === child && step.slot === slot))) return "pays";
  if (uses.every(([child, slot]) => order[child][slot] < now.turns)) return "paid";
  return uses.some(([child, slot]) => now.complete[child] && order[child][slot] >= now.turns) ? "could" : "early";
}

// ── sentences ──

export const localOf = ({ child, node }) => `∂${bracketed(state.level.shown[child])}/∂${bracketed(state.level.shown[node])}`;
export const gradientOf = (i) => `∂${bracketed(state.level.shown.at(-1))}/∂${bracketed(state.level.shown[i])}`;

/** The sides of the sentence about a step, without its number, still with blanks. */
export const sidesOf = (step) => step.says.split(" = ").slice(0, -1);

/** How a value is computed, in names: `a₁ = sigmoid(z₁)`. */
export function equationOf(i) {
  const { level } = state, says = level.says.forward[level.computed.indexOf(i)], [name, side] = says.split(" = ");
  return side.includes("\ue000") ? "" : `${name} = ${side}`;
}

/** A number as a factor. */
export const factor = (x) => (x < 0 ? `(${shown(x)})` : shown(x));
