// Steps of gradient descent, and the published numbers beside the computed ones.

// ── learning ──

const parameters = graph.editable.filter((place) => graph.roles[place] === "parameter");
const root = graph.ops.length - 1;
let losses = [], training = 0, touched = false;

function rate() {
  const field = element("rate"), x = Number(field.value.trim().replace("−", "-"));
  const good = field.value.trim() !== "" && Number.isFinite(x);
  field.setAttribute("aria-invalid", String(!good));
  if (!good) progress(`“${field.value}” is no learning rate; write a number such as 0.1`);
  return good ? x : null;
}

/** One step of gradient descent on every parameter; whether it could be made. */
function update() {
  const step = rate();
  if (step === null) return false;
  if (!losses.length) losses = [rounds[0].values[root]];
  for (const each of descended(rounds[0], root, parameters, step)) leaves[each.place] = each.after;
  touched = true;
  recompute();
  losses.push(rounds[0].values[root]);
  const name = graph.shown[root];
  progress(`${losses.length - 1} update${losses.length > 2 ? "s" : ""}: ${name} ${shown(losses[0])} → ${shown(rounds[0].values[root])}`);
  drawCurve();
  show();
  return Number.isFinite(rounds[0].values[root]);
}

const progress = (text) => (element("progress").textContent = text);

function drawCurve() {
  const curve = element("curve"), known = losses.filter(Number.isFinite), high = Math.max(...known), least = Math.min(...known);
  const low = least > high / 2 ? least : Math.min(0, least), height = high - low || 1;
  const point = (x, i) => [6 + (290 * i) / Math.max(losses.length - 1, 1), 84 - (72 * (x - low)) / height];
  const every = Math.ceil(losses.length / 600);
  const points = losses.map(point).filter(([, y], i) => Number.isFinite(y) && (i % every === 0 || i === losses.length - 1));
  curve.querySelector("polyline").setAttribute("points", points.map((pair) => pair.map((x) => x.toFixed(1)).join(",")).join(" "));
  const [x, y] = points[points.length - 1] ?? [6, 84], [top, bottom] = curve.querySelectorAll("text");
  curve.querySelector("circle").setAttribute("cx", x);
  curve.querySelector("circle").setAttribute("cy", y);
  top.textContent = known.length ? shown(high) : "";
  bottom.textContent = known.length && low ? shown(low) : "";
  curve.setAttribute("aria-label", losses.length
    ? `Loss, from ${shown(losses[0])} to ${shown(losses[losses.length - 1])} in ${losses.length - 1} updates` : "Loss: no update yet");
}

function stopTraining() {
  cancelAnimationFrame(training);
  training = 0;
  element("train").textContent = "Play updates";
}

function train() {
  if (training) return stopTraining();
  element("train").textContent = "Pause updates";
  const tick = () => {
    if (!update()) {
      stopTraining();
      if (!Number.isFinite(rounds[0].values[root])) progress(`The loss is ${shown(rounds[0].values[root])}; Reset, and take a smaller rate`);
    } else training = requestAnimationFrame(tick);
  };
  training = requestAnimationFrame(tick);
}

function reset() {
  stopTraining();
  leaves = begin.slice();
  losses = [];
  touched = false;
  recompute();
  progress("");
  drawCurve();
  show();
}

element("update").addEventListener("click", () => { stopTraining(); update(); });
element("train").addEventListener("click", train);
element("reset").addEventListener("click", reset);

// ── published numbers ──

/** A verdict with its mark. */
const marked = (verdict) => `${data.verdicts[verdict].mark} ${verdict}`;

function listPublished() {
  const table = element("published").querySelector("table");
  element("published").hidden = !data.answers.length;
  for (const each of data.answers) {
    const row = table.insertRow();
    row.className = data.verdicts[each.verdict].counts;
    row.insertCell().textContent = rounds.length > 1 ? `${each.quantity}${each.round > 1 ? ` (round ${each.round})` : ""}` : each.quantity;
    row.insertCell().textContent = each.printed;
    const verdict = document.createElement("b");
    verdict.textContent = marked(each.verdict);
    row.insertCell().append(verdict);
    const why = document.createElement("small");
    why.textContent = each.why;
    row.insertCell().append(why);
  }
}

/** What the source printed for the number that the step has just found. */
function note(step) {
  const name = (i) => level.names[i], loss = name(level.names.length - 1);
  const asked = step && { forward: () => name(step.node), complete: () => `d${loss}/d${name(step.node)}`, update: () => step.name ?? name(step.node),
    backward: () => `d${name(step.child)}/d${name(step.node)}` }[step.kind]?.();
  const found = asked && !touched && data.answers.find((each) => each.quantity === asked && each.printed !== "?" && each.round === step.r + (step.kind === "update" ? 2 : 1));
  element("note").className = found ? data.verdicts[found.verdict].counts : "";
  element("note").textContent = found ? `published ${found.quantity} = ${found.printed}: ${marked(found.verdict)}${found.why ? `, ${found.why}` : ""}` : "";
  element("stale").hidden = !touched;
}
