// The chain rule in motion: a blue token rides each wire into a computed value; an orange one leaves a gradient,
// meets ∂ on its way, becomes the product, and lands where the gradients are added up.

import { shown } from "./numbers.js";
import { state } from "./state.js";
import { membersOf } from "./paint.js";
import { stage } from "./stage.js";
import { moveApart } from "./apart.js";
import { element, isStill, svg } from "./svg.js";

const RIDE = 420, MEET = 520, MOST_TOKENS = 6; // milliseconds; tokens at once
let running = 0; // tokens of an older step stop when it changes

/** End what moves. */
export function hurry() {
  running += 1;
  document.querySelectorAll(".underway").forEach((each) => each.classList.remove("underway"));
  element("tokens")?.replaceChildren();
}

/** Show how the numbers of an event came about; done when all tokens have landed. */
export async function animate(event) {
  hurry();
  if (isStill()) return;
  if (state.level.drawn) return moveApart();
  const steps = event.filter((step) => step.kind === "forward" || step.kind === "backward").slice(0, MOST_TOKENS);
  const speed = Number(element("speed").value), pace = speed > 1 ? 0.9 / Math.max(1, speed / 1.5) : 1;
  await Promise.all(steps.map((step) => (step.kind === "forward" ? arrive(step, pace) : pay(step, pace))));
}

const cardFor = (node) => stage.cards[state.level.cardOf[node]];
const wiresInto = (card) => stage.wires.filter((wire) => wire.head === card.i);

/** Blue: every input comes along its wire. */
async function arrive(step, pace) {
  const card = cardFor(step.node), values = state.rounds[step.r].values;
  if (!card || card.isRow) return;
  const into = wiresInto(card).slice(0, MOST_TOKENS);
  await Promise.all(into.map((wire) => {
    const [child, slot] = wire.uses[0];
    return ride(token("forward", shown(values[state.level.nodes[state.level.parents[child][slot]]], 3)), wire.line, false, RIDE * pace);
  }));
}

/** Orange: the gradient of the child times ∂, back along the wire. */
async function pay(step, pace) {
  const mine = running, goal = cardFor(step.node)?.cells.find((cell) => membersOf(cell).includes(step.node))?.grad;
  goal?.classList.add("underway"); // what has not landed is not there yet
  await carry(step, pace);
  if (mine === running) goal?.classList.remove("underway");
}

/** The token from the gradient of the child, by ∂, to the gradient before it. */
async function carry(step, pace) {
  const head = cardFor(step.child), { p, u, c } = step.numbers;
  if (!head || head.isRow) return;
  const row = head.rows.find((each) => each.slot === step.slot) ?? head.rows[0], mine = running;
  const made = token("backward", shown(u, 3)), from = middleOf(head, head.cells[0]?.grad), at = { x: head.x + Number(row?.partial.getAttribute("x") ?? head.w - 30) - 30, y: head.y + (row?.y ?? 0) + 10 };
  await glide(made, from, at, MEET * 0.4 * pace);
  if (mine !== running) return;
  say(made, `${shown(p, 3)} · ${u < 0 ? `(${shown(u, 3)})` : shown(u, 3)}`);
  await wait(MEET * 0.5 * pace);
  if (mine !== running) return;
  say(made, shown(c, 3));
  const wire = stage.wireOf.get(`${step.child},${step.slot}`);
  if (wire) await ride(made, wire.line, true, RIDE * pace);
  else await glide(made, at, { x: head.x + head.w - 12, y: at.y }, RIDE * 0.5 * pace);
  made.remove();
}

// ── tokens ──

function token(kind, words) {
  const made = svg("g", { class: `token ${kind}` }, svg("rect", { rx: 9, height: 18, y: -9 }), svg("text", { y: 4.5 }));
  say(made, words);
  element("tokens").append(made);
  return made;
}

function say(made, words) {
  const width = 14 + 7.4 * words.length;
  made.lastChild.textContent = words;
  made.firstChild.setAttribute("width", String(width));
  made.firstChild.setAttribute("x", String(-width / 2));
}

const ease = (t) => (t < 0.5 ? 2 * t * t : 1 - 2 * (1 - t) ** 2);
const wait = (time) => new Promise((done) => setTimeout(done, time));

/** Move a token until it is there, or another step begins. */
function move(made, time, spot) {
  const mine = running, begun = performance.now();
  return new Promise((done) => {
    const tick = (now) => {
      const t = Math.min(1, (now - begun) / Math.max(time, 1));
      if (mine !== running) return done();
      const { x, y } = spot(ease(Math.max(0, t)));
      made.setAttribute("transform", `translate(${x},${y})`);
      if (t < 1) requestAnimationFrame(tick); else done();
    };
    tick(begun);
  });
}

async function ride(made, line, isBack, time) {
  const length = line.getTotalLength();
  await move(made, time, (t) => line.getPointAtLength(length * (isBack ? 1 - t : t)));
  made.remove();
}

const glide = (made, a, b, time) => move(made, time, (t) => ({ x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t }));

/** The middle of a number of a card, in the world. */
function middleOf(card, text) {
  if (!text?.getBBox) return { x: card.x + card.w * 0.75, y: card.y + card.h - 14 };
  const box = text.getBBox();
  return { x: card.x + box.x + box.width / 2, y: card.y + card.h - 16 };
}
