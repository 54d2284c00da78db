// ── the quiz: the next number is asked for before it is shown ──

let asking = null, right = 0, tried = 0;
const quizzing = () => element("quiz").checked;

const asksFor = (step) => step && (step.kind === "forward" || step.kind === "backward");

/** The next step; in a quiz the question comes first. */
function forward() {
  if (asking) return element("answer").focus();
  go(beside(position, 1));
}

/** The nearest place in a direction from which the next step can be asked for. */
function questionFrom(at, way) {
  while (at > 0 && at < total() && !asksFor(stepTo(at + 1))) at += way;
  return at;
}

/** In a quiz, ask for the number of the step to come. */
function ask() {
  asking = quizzing() && position < total() && asksFor(stepTo(position + 1)) ? stepTo(position + 1) : null;
  element("question").hidden = !asking;
  element("published").hidden = quizzing() || !data.answers.length;
  if (!asking) return;
  const sides = asking.says.split(" = "), forward = asking.kind === "forward";
  element("asked").textContent = `${filled((forward ? sides.slice(0, -1) : sides.slice(0, 1)).join(" = "), numbersOf(asking))} =`;
  element("answer").value = "";
}

/** What is known of working by hand for the number that a step makes, as long as nobody has changed a number. */
function knownOf(step) {
  const name = (i) => level.names[i], loss = name(level.names.length - 1);
  const alone = step.kind === "forward" || level.parents.flat().filter((parent) => parent === step.node).length === 1;
  const asked = step.kind === "forward" ? name(step.node) : `d${loss}/d${name(step.node)}`;
  return alone && !touched ? data.quiz[step.r]?.[asked] : undefined;
}

/** What is said of an answer by its verdict. */
function said(text, x, verdict, known) {
  if (data.verdicts[verdict].counts === "right") return verdict === "rounding" ? "Right, but for rounding." : "Right.";
  if (verdict === "close" && !saysEnough(text, x)) return `${text} says little of it; give more digits, or reveal it.`;
  if (verdict === "close") return `${text} is close, but no working by hand gives it; try again, or reveal it.`;
  const hint = mistake(text, known);
  return `Not ${text}${hint ? `: ${hint}` : ""}; try again, or reveal it.`;
}

function answered(event) {
  event.preventDefault();
  const text = element("answer").value.trim(), step = asking;
  if (!step) return;
  const { refusal } = readTyped(text);
  if (refusal) {
    element("score").textContent = refusal;
    return;
  }
  const x = step.kind === "forward" ? rounds[step.r].values[level.nodes[step.node]] : step.numbers.c, known = knownOf(step);
  const verdict = judge(text, x, known), good = data.verdicts[verdict].counts === "right";
  tried += 1;
  right += good;
  element("score").textContent = `${said(text, x, verdict, known)} ${right} of ${tried}`;
  if (good) uncover();
}

function uncover() {
  const step = asking, says = filled(step.says, numbersOf(step));
  go(position + 1);
  if (asking) element("answer").focus();
  element("message").textContent = says;
}

element("question").addEventListener("submit", answered);
element("reveal").addEventListener("click", () => {
  const card = asking?.kind === "backward" ? level.cardOf[asking.node] : selected;
  if (card !== selected) choose(card);
  uncover();
});
element("quiz").addEventListener("change", () => { right = tried = 0; element("score").textContent = ""; go(position); });
