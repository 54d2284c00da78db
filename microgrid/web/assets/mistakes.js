// The verdict on a number that was typed, as the judge has it; and of a wrong one what it is instead, and where.

import { data } from "./data.js";
import { format } from "./numbers.js";
import { judge, mistake, saysEnough } from "./judge.js";
import { choiceComesTo, choiceInNames, choicesOf, gradientOf, localOf } from "./questions.js";
import { readTyped } from "./typed.js";
import { state } from "./state.js";

const MOST_FIGURES = 6, FIRST_SURE = 3, LAST_SURE = 9, SAME_NUMBER = 1e-9;

/** { isRight, says, spots } of an answer; spots are what of the picture the mistake is about. */
export function verdictOn(question, text) {
  const { refusal, number } = readTyped(text);
  if (refusal) return { isRefused: true, says: refusal, spots: [] };
  const x = question.number, known = knownOf(question.step), verdict = judge(text, x, known ?? nearby(x));
  if (data.verdicts[verdict].counts === "right") return { isRight: true, says: verdict === "rounding" ? "Right, but for rounding." : "Right.", spots: [] };
  if (verdict === "close" && !saysEnough(text, x)) return { says: `${text} says little of it; give more digits.`, spots: [] };
  const own = ownMistakes(question).filter(([wrong]) => Number.isFinite(wrong) && !alike(wrong, x));
  const edits = [...own, ...(known?.edits ?? [])].map(([wrong, words, certain]) => [wrong, words, certain === true || alike(wrong, number)]);
  const words = mistake(text, { edits }) || nearly(text, number, x, edits), found = own.find((each) => each[1] === words);
  if (words) return { says: `Not ${text}: ${found ? words : inPage(words)}.`, spots: found ? found[2] : spotsIn(words, question.step) };
  return { says: verdict === "close" ? `${text} is close, but no working by hand gives it.` : `Not ${text}.`, spots: [] };
}

export const alike = (one, other) => Math.abs(one - other) <= SAME_NUMBER * Math.abs(other);

/** What is known of working by hand for the number that a step makes, as long as nobody has changed a number. */
function knownOf(step) {
  const { level } = state, loss = level.names.at(-1);
  if (state.touched || step.kind === "update") return undefined;
  if (step.kind === "forward") return data.quiz[step.r]?.[level.names[step.node]];
  return level.usesBy[step.node].length === 1 ? data.quiz[step.r]?.[`d${loss}/d${level.names[step.node]}`] : undefined;
}

/** The mistake that gives a number but for the figures that the picture does not show. */
function nearly(text, number, x, edits) {
  const isNear = (wrong) => Math.abs(number - wrong) <= 2.5 * offBy() * Math.abs(wrong), digits = text.replace(/^[-+−]?[0.]*/, "").replace(/\D/g, "");
  return digits.length >= FIRST_SURE && !isNear(x) ? edits.find(([wrong]) => isNear(wrong))?.[1] ?? "" : "";
}

/** How far a number is from what the picture shows of it, as its share. */
const offBy = () => 2 * 10 ** -Math.min(MOST_FIGURES, format.digits);

/** Of other numbers no way to work is known: what the figures in the picture lead to is no mistake. */
function nearby(x) {
  const off = offBy(), results = [x * (1 - off), x, x * (1 + off)].sort((a, b) => a - b);
  const spans = [];
  for (let digits = FIRST_SURE; digits <= LAST_SURE; digits++) spans.push([1, digits, 0, ...results]);
  return { spans, scatter: [0, 0], edits: [] };
}

/** What a wrong number may be, in the step itself: each a number, what is said of it, and where. */
function ownMistakes({ step, number }) {
  if (step.kind === "forward") return [[-number, "the sign is wrong", []]];
  if (step.kind === "update") return wrongUpdates(step);
  const { p, u, a } = step.numbers, { child, slot, node } = step, use = { use: [child, slot] }, above = { grad: child };
  const [right, ...wrong] = choicesOf(step), isSigned = (x) => Math.sign(number || 1) * Math.abs(x); // the sign is asked before
  return [
    [isSigned(p), `the gradient above, ${gradientOf(child)}, is missing`, [above]],
    [isSigned(u), `the local derivative ${localOf(step)} is missing`, [use]],
    ...wrong.map((each) => [isSigned(choiceComesTo(each, step.r) * u), `you used ${choiceInNames(each)} where ${choiceInNames(right)} belongs`,
      [use, ...each.slice(1).filter((place) => !right.includes(place, 1)).map((place) => ({ value: state.level.nodes.indexOf(place) }))]]),
    [isSigned(a), "that is the sum so far; asked is what this wire adds", [{ grad: node }]],
    [isSigned(p + u), "∂ and the gradient above are multiplied, not added", [use, above]],
    [isSigned(u / p), "∂ multiplies, it does not divide", [use]],
  ];
}

function wrongUpdates({ node, numbers: { b, r, g } }) {
  const spots = [{ grad: node }], old = [{ value: node }];
  return [
    [b + r * g, "the step has the wrong sign: the gradient is subtracted", spots], [b - g, "the rate is missing", spots],
    [r * g, "the old number is missing: this is the step", old], [-r * g, "the old number is missing: this is the step", old],
    [g, "this is the gradient, not the new number", spots], [b, "the step is missing: this is the old number", spots],
  ];
}

// ── the judge's words, which are the sheet's ──

const WORDS = /[\p{L}_][\p{L}\p{N}_]*(?:\[[0-9,]+\])*(?: at sample [0-9]+)?/gu;

/** The words with the names as the page writes them. */
function inPage(words) {
  const names = new Map(state.level.names.map((name, i) => [name, state.level.shown[i]]));
  return words.replace(WORDS, (word) => names.get(word) ?? word);
}

/** The numbers that the words name, among those that a step is about. */
function spotsIn(words, step) {
  const { level } = state, said = new Set(words.match(WORDS)), about = step.kind === "forward" ? step.node : step.child;
  const spots = level.parents[about].filter((i) => said.has(level.names[i])).map((value) => ({ value }));
  return step.kind === "forward" ? spots : [{ use: [step.child, step.slot] }, ...spots];
}
