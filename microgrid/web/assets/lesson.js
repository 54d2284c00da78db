// The tutor's panel and its marks in the picture: the question, ways to answer, what is said of an answer, what is known.

import { html, element } from "./svg.js";
import { filled } from "./numbers.js";
import { choiceInNames, choicesOf, equationOf, factor, gradientOf, lawOf, localOf, rowOfUse, shuffled, sidesOf, standing, wiresOf } from "./questions.js";
import { grades } from "./grades.js";
import { go, listen, state } from "./state.js";
import { stage } from "./stage.js";
import { membersOf } from "./paint.js";
import { see } from "./camera.js";
import { answerChoice, answerNumber, answerSign, answerWire, bracketedSum, hint, leaveTutor, phaseNow, remark, startTutor, tutor } from "./tutor.js";

const PHASES = { which: "Which wire", what: "Which ∂", sign: "Sign", number: "How much" }, PULSE = 2400, MOST_NAMED = 8;
const SIGN_WORDS = [[-1, "−", "below 0"], [0, "0", "exactly 0"], [1, "+", "above 0"]];

// ── the panel ──

/** Show the question of now, and unless only the position has changed, with its answers and the focus on it. */
function showQuestion(isNew = true) {
  const { question } = tutor, isBehind = state.position < state.reach;
  element("tutor").hidden = false;
  element("feedback").setAttribute("role", "status"); // a second voice only while it has something to say
  element("rejoin").hidden = !isBehind;
  element("tutor").classList.toggle("behind", isBehind);
  showScore();
  if (!isNew || !question) return;
  element("phases").replaceChildren(...question.phases.map((phase, k) => phaseMark(phase, k)));
  element("asked").replaceChildren(...ASKED[phaseNow()](question).map((line) => html("span", {}, line)));
  element("answers").replaceChildren(...ANSWERS[phaseNow()](question));
  element("grades").hidden = true;
  for (const id of ["hint", "answers", "phases"]) element(id).hidden = false;
  nameHint();
  focusOn(phaseNow());
}

function phaseMark(phase, k) {
  const made = html("li", { class: k < tutor.phase ? "past" : k === tutor.phase ? "now" : "" }, PHASES[phase]);
  if (k === tutor.phase) made.setAttribute("aria-current", "step");
  return made;
}

function showScore() {
  element("score").textContent = grades.asked ? `${grades.right} of ${grades.asked} right at once` : "";
}

function nameHint() {
  element("hint").textContent = ["Hint", "More", "Tell me"][Math.min(tutor.hints, 2)];
}

/** The focus goes to the question; where there are keys, to the field of the answer. */
function focusOn(phase) {
  const hasKeys = !matchMedia("(pointer: coarse)").matches;
  (phase === "number" && hasKeys ? element("answer") : element("asked")).focus({ preventScroll: true });
}

function showSaid(words, kind) {
  element("feedback").textContent = words;
  element("feedback").className = kind;
  if (tutor.question) nameHint();
}

function hidePanel() {
  element("tutor").hidden = true;
  element("feedback").removeAttribute("role");
  pointOut(null);
  showButton();
}

// ── what is asked ──

const ASKED = {
  which: () => ["Which wire pays its gradient next?", "Show it in the picture: the wire, or the row where it enters a card."],
  what: ({ step }) => [`${gradientOf(step.node)} += ${localOf(step)} · ${gradientOf(step.child)}`, `What is ${localOf(step)}? ${equationOf(step.child)}`],
  sign: ({ step }) => [...chained(step), "Is it above or below 0?"],
  number: ({ step }) => (step.kind === "backward" ? [...chained(step), "How much?"] : [`${inNames(step)} = ?`]),
};

/** The chain, and what is known of it so far. */
function chained(step) {
  const [right] = choicesOf(step), local = right ? bracketedSum(choiceInNames(right)) : localOf(step);
  return [`${gradientOf(step.node)} += ${localOf(step)} · ${gradientOf(step.child)}`, `= ${local} · ${factor(step.numbers.u)}`];
}

/** A value or an update as it is computed, in names. */
function inNames(step) {
  const [name, ...sides] = sidesOf(step);
  if (step.kind === "update") return filled(name, (what) => step.numbers[what]);
  return `${name} = ${sides.find((side) => !side.includes("\ue000")) ?? filled(sides[0] ?? "", (what) => state.rounds[step.r].values[Number(what.slice(1))])}`;
}

const ANSWERS = {
  which: (question) => [wireList(question)],
  what: (question) => [choiceList(question)],
  sign: () => [html("div", { class: "signs", role: "group", "aria-label": "Sign" }, ...SIGN_WORDS.map(([sign, mark, words]) => {
    const made = html("button", { type: "button", "data-key": mark }, html("b", {}, mark), ` ${words}`);
    made.addEventListener("click", () => { if (answerable()) answerSign(sign); });
    return made;
  }))],
  number: () => [numberForm()],
};

function choiceList(question) {
  const order = shuffled(question), list = html("div", { class: "choices", role: "group", "aria-label": "Local derivative" });
  list.append(...order.map(({ choice, k }, i) => {
    const made = html("button", { type: "button", "data-key": i + 1 }, choiceInNames(choice));
    made.addEventListener("click", () => { if (answerable()) { made.disabled = k !== 0; answerChoice(k); } });
    return made;
  }));
  return list;
}

/** Wires by their names, for whoever cannot point: those that could pay among others. */
function wireList(question) {
  const list = html("details", { class: "named" }, html("summary", {}, "or choose it by name")), all = wiresOf();
  const ranks = ["pays", "could", "early", "paid"], ranked = all.map((wire) => [ranks.indexOf(standing(question, wire.uses)), wire]).sort((a, b) => a[0] - b[0] || b[1].head - a[1].head);
  const some = new Set(ranked.slice(0, MOST_NAMED).map(([, wire]) => wire));
  list.append(...all.filter((wire) => some.has(wire)).map((wire) => {
    const made = html("button", { type: "button" }, wire.called());
    made.addEventListener("click", () => { if (answerable()) answerWire(wire.uses); });
    return made;
  }));
  return list;
}

function numberForm() {
  const prefix = html("b", {}, tutor.prefix), field = html("input", { id: "answer", autocomplete: "off", spellcheck: "false", inputmode: "decimal", "aria-labelledby": "asked" });
  const form = html("form", { class: "line" }, prefix, field, html("button", { type: "submit" }, "Check"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (answerable() && field.value.trim()) { answerNumber(field.value.trim()); field.isConnected && field.select(); }
  });
  return form;
}

/** Whether there is something to answer; who looks back, comes back first. */
function answerable() {
  if (state.position < state.reach) go(state.reach);
  return Boolean(tutor.question);
}

// ── marks in the picture ──

let pointed = [];

/** Point out what the question is about: the wire and its row, or the card; for null, nothing. */
function pointOut(step) {
  pointed.forEach((group) => group.classList.remove("asked"));
  pointed = step ? groupsOf(step) : [];
  pointed.forEach((group) => group.classList.add("asked"));
}

function groupsOf(step) {
  const of = (i) => stage.cards[state.level.cardOf[i]], card = of(step.node);
  const found = [card, step.kind === "backward" && of(step.child)].filter((each) => each && (each.isRow || each.box));
  if (found.length) see(found, found.at(-1).group);
  if (step.kind !== "backward") return card ? [card.group] : [];
  return [stage.wireOf.get(`${step.child},${step.slot}`)?.group, rowOfUse(step.child, step.slot)?.group].filter(Boolean);
}

/** The numbers that a mistake is about beat for a while. */
function pulse(spots) {
  for (const each of spots.flatMap(shapesAt)) {
    each.classList.remove("pulse");
    requestAnimationFrame(() => each.classList.add("pulse"));
    setTimeout(() => each.classList.remove("pulse"), PULSE);
  }
}

function shapesAt({ value, grad, use }) {
  if (use) return [rowOfUse(...use)?.group].filter(Boolean);
  const i = value ?? grad, cell = stage.cards[state.level.cardOf[i]]?.cells.find((each) => membersOf(each).includes(i));
  return [value !== undefined ? cell?.value : cell?.grad].filter(Boolean);
}

// ── the end ──

/** The rules, how often each was right, and which are mastered. */
function showGrades() {
  const rules = new Map();
  for (const [rule, grade] of grades.rules) {
    const [kind, k] = rule.split(" "), key = kind === "update" ? "update" : k ?? "";
    rules.set(key, { ...rules.get(key), [kind]: grade });
  }
  showQuestion(false);
  for (const id of ["hint", "answers", "phases"]) element(id).hidden = true;
  const count = [...grades.rules.values()].filter((each) => each.isMastered).length;
  element("asked").replaceChildren(html("span", {}, count === grades.rules.size ? `Done: all ${count} rules mastered` : `Done: ${count} of ${grades.rules.size} rules mastered`), html("span", {}, `${grades.right} of ${grades.asked} answers right at once`));
  element("score").textContent = "";
  element("grades").querySelector("tbody").replaceChildren(...[...rules].map(([key, kinds]) => gradeRow(key, kinds)));
  element("grades").hidden = false;
  element("asked").focus({ preventScroll: true });
}

function gradeRow(key, { forward, backward, update }) {
  const [value, , letter, slope] = lawOf(`forward ${key}`), row = html("tr");
  const name = html("th", { scope: "row" }, key === "update" ? "update" : value || "another rule"), by = html("small", {}, slope && letter ? `by ${letter}: ${slope}` : "");
  row.append(name, html("td", {}, by), gradeCell(forward ?? update), gradeCell(backward));
  return row;
}

function gradeCell(grade) {
  const cell = html("td", {}, grade ? `${grade.right} of ${grade.asked}` : "–");
  if (grade?.isMastered) { cell.prepend("✓ "); cell.className = "right"; cell.setAttribute("aria-label", `mastered, ${grade.right} of ${grade.asked}`); }
  return cell;
}

// ── who listens ──

/** Keys: 1 to 4 choose, − 0 + say the sign; Enter on a wire or a row shows it. */
function keyed(event) {
  if (!tutor.isOn || event.ctrlKey || event.metaKey || event.altKey) return;
  const isTyping = event.target.closest("input, select, textarea"), key = event.key === "-" ? "−" : event.key;
  const button = !isTyping && element("answers").querySelector(`button[data-key="${CSS.escape(key)}"]:not(:disabled)`);
  if (button) button.click();
  else if (event.key === "Escape") toggleTutor();
  else if ((event.key === "Enter" || event.key === " ") && element("canvas").contains(event.target)) shownAt(event.target);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** What of the picture a person has shown. */
function shownAt(target) {
  const row = target.closest("[data-row]")?.dataset.row ?? target.closest("[data-wire]")?.dataset.wire;
  if (phaseNow() !== "which" || !answerable()) return;
  const wire = row && wiresOf().find(({ head, slot }) => row === `${head}_${slot}`);
  if (wire) answerWire(wire.uses);
  else if (target.closest("[data-card]")) remark("Show one of its inputs: a wire, or its row. ↓ and ↑ go from a card along its wires.", "hint");
}

function clickedIn(event) {
  if (!tutor.isOn) return;
  if (event.target.closest("[data-card], [data-wire]")) { shownAt(event.target); event.stopPropagation(); }
}

function toggleTutor() {
  if (tutor.isOn) leaveTutor(); else startTutor();
  showButton();
  if (!tutor.isOn) element("learn").focus();
}

function showButton() {
  element("learn").setAttribute("aria-pressed", String(tutor.isOn));
  element("learn").textContent = tutor.isOn ? "Leave" : "Learn it";
  element("learn").title = tutor.isOn ? "Leave the tutor: Esc" : "A tutor asks for every step";
}

export function listenToTutor() {
  element("learn").addEventListener("click", toggleTutor);
  element("hint").addEventListener("click", hint);
  element("again").addEventListener("click", startTutor);
  element("rejoin").addEventListener("click", () => { go(state.reach); element("asked").focus(); });
  document.addEventListener("keydown", keyed, { capture: true });
  element("canvas").addEventListener("click", clickedIn, { capture: true });
}

listen("question", showQuestion);
listen("said", showSaid);
listen("pointed", pointOut);
listen("mistaken", pulse);
listen("graded", showGrades);
listen("left", hidePanel);
listen("position", () => { if (tutor.isOn) showQuestion(false); });
