// Walking along the tape: buttons, keys, the slider, and the sentence about what has just happened.

import { filled } from "./numbers.js";
import { choose, go, limit, listen, roundOf, state, stepTo, total } from "./state.js";
import { beside, finished, happened, stopOf, stops, GRAINS, walk } from "./stops.js";
import { animate, hurry } from "./motion.js";
import { zoom, camera } from "./camera.js";
import { redo, undo } from "./history.js";
import { publishedOf } from "./published.js";
import { writeFitting } from "./sentence.js";
import { element } from "./svg.js";

const SIGNS = { forward: "→", seed: "←", backward: "←", complete: "✓", update: "↻", round: "»" };
const LONGEST_SAID = 170, MOST_SAID = 4; // characters of a sentence about several elements, and these
let playing = 0;

/** The numbers of a step: its own, and the values of the round. */
export const numbersOf = (step) => (what) => step.numbers?.[what] ?? state.rounds[step.r].values[Number(what.slice(1))];

/** What has just happened in words: of many elements the first ones, at most so many. */
export function told(event, most = MOST_SAID) {
  if (state.level.told) return state.level.told(event);
  const some = event.length > 1 ? event.filter((step) => step.kind !== "complete") : event, steps = some.length ? some : event;
  const all = steps.slice(0, most).map((step) => filled(step.says, numbersOf(step)));
  const said = all.filter((_, i) => i === 0 || all.slice(0, i + 1).join().length < LONGEST_SAID), more = steps.length - said.length;
  return said.join(";  ") + (more > 0 ? `;  … and ${more} more` : "");
}

/** The same in fewer and fewer words. */
const tellings = (event) => Array.from({ length: MOST_SAID }, (_, k) => told(event, MOST_SAID - k));

/** The sentence, the slider and the buttons at the position. */
export function showTransport() {
  const { position } = state, event = happened(position), step = event.findLast((each) => each.kind !== "complete") ?? stepTo(position), last = total();
  const message = element("message");
  message.dataset.kind = step?.kind ?? "";
  message.dataset.sign = step ? SIGNS[step.kind] : "";
  note(step);
  writeFitting(step ? tellings(event) : ["The leaves are given; nothing is computed yet." + (state.covered ? "" : " Press → for the first step.")]);
  const slider = element("position"), all = stops(), r = roundOf(position - 1);
  slider.max = String(last);
  slider.value = String(position);
  const turn = state.starts[r] + Number(r > 0) + state.level.computed.length;
  slider.style.setProperty("--turn", `${(100 * turn) / Math.max(last, 1)}%`);
  slider.style.setProperty("--at", `${(100 * position) / Math.max(last, 1)}%`);
  const many = state.rounds.length > 1 ? ` · round ${r + 1} of ${state.rounds.length}` : "";
  element("where").textContent = `step ${stopOf(position)} of ${all.length - 1}${many}`;
  slider.setAttribute("aria-valuetext", `${element("where").textContent}: ${message.textContent}`);
  for (const id of ["first", "back"]) element(id).disabled = position === 0;
  for (const id of ["next", "last"]) element(id).disabled = position === limit();
  element("play").disabled = state.covered;
  if (!playing) name();
}

/** What the source printed for the number that the step has just found. */
function note(step) {
  const line = element("note"), found = step && !state.covered && publishedOf(step); // a verdict may name what is to come
  line.className = found?.counts ?? "";
  line.textContent = found?.text ?? "";
}

/** What the button in the middle does: play, or from the end, again from the start. */
function name() {
  const isOver = state.position >= finished(roundOf(state.position - 1)) && stops().length > 1;
  element("play").setAttribute("aria-label", playing ? "Pause" : "Play");
  element("play").dataset.says = playing ? "Pause" : isOver ? "Replay" : "Play";
}

/** One step on, in motion. */
export function forward() {
  const from = state.position;
  go(beside(from, 1));
  if (state.position !== from) return animate(happened(state.position));
  return Promise.resolve();
}

export function pause() {
  clearTimeout(playing);
  playing = 0;
  element("play").classList.remove("on");
  name();
}

function play() {
  if (state.covered) return; // what is to come is asked for
  if (playing) return pause();
  const r = roundOf(state.position - 1);
  if (state.position >= total()) go(0);
  else if (state.position === finished(r) && state.rounds.length === 1) go(state.starts[r]);
  element("play").classList.add("on");
  const tick = async () => {
    const begun = performance.now(), still = playing, pace = 1000 / Number(element("speed").value);
    await Promise.race([forward(), new Promise((done) => setTimeout(done, pace))]);
    if (playing !== still) return;
    if (state.position === total()) pause();
    else playing = setTimeout(tick, Math.max(0, pace - (performance.now() - begun)));
  };
  playing = setTimeout(tick, 0);
  name();
}

const MOVES = { first: () => go(0), back: () => go(beside(state.position, -1)), next: forward, last: () => go(total()) };
const KEYS = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last" };

function pressed(event) {
  const busy = event.target.closest("input:not([type=checkbox]), select, textarea");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !busy) {
    (event.shiftKey ? redo : undo)();
    event.preventDefault();
  }
  if (busy || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key in KEYS) { pause(); hurry(); MOVES[KEYS[event.key]](); event.preventDefault(); }
  if (event.key === " " && !event.target.closest("button, input, summary, .scroll")) { play(); event.preventDefault(); }
  if (event.key === "Escape" && state.selected !== null) choose(null);
  if (event.key === "0") camera.home();
  if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? 1.25 : 0.8);
}

export function listenToTransport() {
  for (const [id, move] of Object.entries(MOVES)) element(id).addEventListener("click", () => { pause(); hurry(); move(); });
  element("play").addEventListener("click", play);
  element("position").addEventListener("input", (event) => { pause(); hurry(); go(Number(event.target.value)); });
  element("grain").append(...Object.entries(GRAINS).map(([grain, words]) => new Option(words, grain)));
  element("grain").addEventListener("change", (event) => { walk.grain = event.target.value; go(state.position); });
  element("fit").addEventListener("click", camera.home);
  document.addEventListener("keydown", pressed);
}

listen("position", showTransport);
listen("numbers", showTransport);
