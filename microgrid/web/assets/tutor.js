// The tutor: before a step is taken, a person says which wire pays, what its local derivative is, and how much it pays.
// What is to come is covered meanwhile. A rule that is known plays by itself; leaving puts everything back.

import { animate, hurry } from "./motion.js";
import { filled, shown } from "./numbers.js";
import { choiceComesTo, choiceInNames, choiceInNumbers, choicesOf, factor, gradientOf, lawOf, localOf, questionAfter, sidesOf, equationOf, standing } from "./questions.js";
import { alike, verdictOn } from "./mistakes.js";
import { forgetGrades, gradeAnswer, gradeStep, isMastered } from "./grades.js";
import { choose, go, listen, roundOf, state, stateAt, tell } from "./state.js";
import { beside, happened, walk } from "./stops.js";
import { showStage } from "./stage.js";
import { followStep } from "./samples.js";
import { numbersOf } from "./transport.js";
import { isStill } from "./svg.js";

const ANIMATED = 6, PAUSE = 350; // known steps in a row that are shown in motion; milliseconds after each

/** @type {any} */
export const tutor = { isOn: false, question: null, phase: 0, hints: 0, isWrong: false, isClean: true, end: 0, run: 0, before: null, prefix: "", said: "" };

export const phaseNow = () => tutor.question?.phases[tutor.phase];

/** Say something of an answer: what is "right", what is "wrong", or a "hint". */
export function remark(words, kind = "") {
  tutor.said = words;
  tell("said", words, kind);
}

// ── coming and going ──

export function startTutor() {
  hurry();
  const r = roundOf(state.position - 1);
  tutor.before ??= { position: state.position, grain: walk.grain, selected: state.selected, chosen: state.chosen };
  Object.assign(tutor, { isOn: true, end: state.starts[r + 1] });
  forgetGrades();
  document.body.classList.add("tutoring");
  walk.grain = "share";
  state.covered = true;
  if (state.selected !== null) choose(null);
  reachTo(state.starts[r] + (r > 0));
  remark("");
  ask();
}

/** Put everything back; at another level all but the position. */
export function leaveTutor(returns = true) {
  if (!tutor.isOn) return;
  hurry();
  const { before } = tutor;
  Object.assign(tutor, { isOn: false, question: null, before: null, run: tutor.run + 1 });
  document.body.classList.remove("tutoring");
  state.covered = false;
  state.reach = Infinity;
  walk.grain = before.grain;
  remark("");
  tell("left");
  if (returns) go(before.position);
  showStage();
  if (returns && before.selected !== null && state.level.cards[before.selected]) choose(before.selected, before.chosen);
}

function reachTo(position) {
  state.reach = position;
  go(position);
}

// ── asking ──

/** Play what is known or needs no answer, up to the next question; at the end, what has been learnt. */
async function ask(hasNews = false) {
  const run = ++tutor.run;
  for (let count = 0; state.reach < tutor.end; count++) {
    const question = questionAfter(state.reach);
    if (question && !isMastered(question.rule)) { go(state.reach); return pose(question); }
    tutor.question = null;
    const said = question && lawOf(question.rule)[0];
    if (said && !hasNews) remark(`You know ${said}: it plays by itself.`, "right");
    state.reach = question?.to ?? beside(state.reach, 1);
    if (count >= ANIMATED || isStill()) continue;
    go(state.reach);
    await animate(happened(state.position));
    await new Promise((done) => setTimeout(done, question ? PAUSE : 0));
    if (run !== tutor.run) return;
  }
  tutor.question = null;
  go(state.reach);
  tell("graded");
}

function pose(question) {
  Object.assign(tutor, { question, phase: 0, isClean: true });
  followStep(question.step);
  turnToPhase(0);
}

function turnToPhase(phase) {
  Object.assign(tutor, { phase, hints: 0, isWrong: false });
  if (phase === 0) tutor.prefix = "";
  tell("pointed", phaseNow() === "which" ? null : tutor.question.step);
  tell("question");
}

/** An answer was right: the next question of the step, or the next step. */
function rightly(says) {
  const isRight = !tutor.isWrong && !tutor.hints;
  gradeAnswer(isRight);
  tutor.isClean &&= isRight;
  remark(says, "right");
  if (tutor.phase + 1 < tutor.question.phases.length && !(phaseNow() === "sign" && isNothing())) return turnToPhase(tutor.phase + 1);
  return complete();
}

function wrongly(says, spots = []) {
  tutor.isWrong = true;
  remark(says, "wrong");
  tell("mistaken", spots);
}

async function complete() {
  const { question } = tutor, run = ++tutor.run, isNew = gradeStep(question.rule, tutor.isClean);
  if (isNew && lawOf(question.rule)[0]) remark(`${tutor.said} Two in a row: from now on ${lawOf(question.rule)[0]} plays by itself.`, "right");
  tutor.question = null;
  tell("pointed", null);
  reachTo(question.to);
  await animate(happened(question.to));
  if (run === tutor.run) ask(isNew);
}

const isNothing = () => tutor.question.number === 0;

// ── answers ──

/** The wires that a person has shown. */
export function answerWire(uses) {
  const is = standing(tutor.question, uses), next = localOf(tutor.question.step);
  if (is === "pays") return rightly("Right.");
  if (is === "could") return rightly(`It could: the gradient above it is complete. First here comes ${next}.`);
  if (is === "paid") return wrongly("That one has paid already.", [{ use: uses[0] }]);
  const [head] = uses[0], now = stateAt(tutor.question.at), all = state.level.uses[head] + (head === state.level.nodes.length - 1);
  return wrongly(now.shares[head] ? `Not yet: of ${gradientOf(head)} ${now.shares[head]} of ${all} shares have come.` : `Not yet: nothing of ${gradientOf(head)} has come.`, [{ grad: head }]);
}

export function answerChoice(k) {
  const { step } = tutor.question, choice = choicesOf(step)[k];
  if (k === 0) return rightly("Right.");
  return wrongly(`Not ${choiceInNames(choice)}: ${whyNot(step, choice)}`, [{ use: [step.child, step.slot] }]);
}

/** What speaks against a wrong formula: its sign, or the rule. */
function whyNot(step, choice) {
  if (alike(choiceComesTo(choice, step.r), -step.numbers.p)) return "the sign is wrong.";
  const [value, , letter, slope] = lawOf(tutor.question.rule), law = slope ? `${value} by ${letter} is ${slope}` : "";
  return law ? `in the table ${law}.` : `change ${state.level.shown[step.node]} a little, and see what ${state.level.shown[step.child]} does.`;
}

export function answerSign(sign) {
  const { number, step: { numbers: { p, u } } } = tutor.question;
  tutor.prefix = number < 0 ? "−" : "";
  if (sign === Math.sign(number)) return rightly("Right.");
  const of = (x) => (x < 0 ? "below 0" : x > 0 ? "above 0" : "0");
  return wrongly(`Not so: ∂ is ${of(p)}, the gradient above is ${of(u)}.`);
}

export function answerNumber(text) {
  const isSigned = /^[-+−]/.test(text) || !tutor.prefix, bare = isSigned ? text : /^[0-9.e]+$/i.test(text) ? `-${text}` : `-(${text})`;
  const { isRight, isRefused, says, spots } = verdictOn(tutor.question, bare);
  if (isRefused) return remark(says, "wrong");
  return isRight ? rightly(says) : wrongly(says.replace(bare, isSigned ? text : `−${text}`), spots);
}

// ── hints: the rule, the rule with what is here put in, the answer ──

export function hint() {
  const phase = phaseNow();
  if (!phase) return;
  tutor.hints += 1;
  const says = HINTS[phase](tutor.question, tutor.hints);
  if (tutor.hints < 3) return remark(says, "hint");
  if (phase === "sign") tutor.prefix = tutor.question.number < 0 ? "−" : "";
  rightly(says);
  remark(says, "hint");
}

const HINTS = {
  which: ({ step }, stage) => ["A wire pays once the gradient of the card that it enters is complete, and each wire pays once.",
    `${gradientOf(step.child)} is complete: look at the inputs of ${state.level.shown[step.child]}.`, `It is the wire of ${localOf(step)}.`][stage - 1],
  what: ({ step, rule }, stage) => [lawSaid(rule), `${equationOf(step.child)}: only ${state.level.shown[step.node]} changes, all else is held.`,
    `${localOf(step)} = ${choiceInNames(choicesOf(step)[0])}.`][stage - 1],
  sign: ({ step, number }, stage) => ["Two factors with the same sign make a product above 0.",
    `${choicesOf(step).length ? choiceInNumbers(choicesOf(step)[0], step.r) : "∂"} is ${step.numbers.p < 0 ? "below" : step.numbers.p > 0 ? "above" : "equal to"} 0.`,
    `It is ${number < 0 ? "below 0" : number > 0 ? "above 0" : "0"}.`][stage - 1],
  number: (question, stage) => [ruleOfNumber(question), `${withNumbers(question)}.`, `It is ${shown(question.number)}.`][stage - 1],
};

function lawSaid(rule) {
  const [value, , letter, slope] = lawOf(rule);
  return slope ? `The rule: ${value} by ${letter} is ${slope}.` : "Change the input a little: by how many times as much does the value change?";
}

function ruleOfNumber({ step, rule }) {
  const [value, definition] = lawOf(rule);
  if (step.kind === "forward") return definition && definition !== value ? `The rule: ${value} = ${definition}.` : "Put in the numbers, and work it out.";
  return step.kind === "backward" ? "The rule: ∂ of the wire times the gradient above it." : "The rule: the old number minus the rate times the gradient.";
}

/** The step with its numbers put in. */
function withNumbers({ step }) {
  if (step.kind !== "backward") return filled(sidesOf(step).at(-1), numbersOf(step));
  const [right] = choicesOf(step);
  return `${right ? bracketedSum(choiceInNumbers(right, step.r)) : shown(step.numbers.p)} · ${factor(step.numbers.u)}`;
}

export const bracketedSum = (text) => (/ [+−] |^−/.test(text.replace(/\([^()]*\)/g, "")) ? `(${text})` : text);

listen("level", () => leaveTutor(false));
listen("numbers", () => {
  if (!tutor.isOn || !tutor.question) return;
  const question = questionAfter(state.reach);
  if (question) pose(question); else ask();
});
