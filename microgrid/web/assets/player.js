// What walks along the tape: buttons, keys, the slider, the address; and the leaves, whose numbers can be edited.

// ── the player ──

const SIGNS = { forward: "→", seed: "←", backward: "←", complete: "✓", update: "↻", round: "»" };
let playing = 0, hashing = 0;

function show(follows = true) {
  const event = happened(position), step = stepTo(position), state = stateAt(position), last = total();
  if (follows) followSample(step);
  showCards(state);
  showWires(state);
  light(event);
  const message = element("message");
  message.textContent = step ? told(event) : "The leaves are given; nothing is computed yet. Press → for the first step.";
  message.dataset.kind = step?.kind ?? "";
  message.dataset.sign = step ? SIGNS[step.kind] : "";
  note(step);
  const slider = element("position");
  slider.max = last;
  slider.value = position;
  slider.setAttribute("aria-valuetext", `${position} of ${last}: ${message.textContent}`);
  const many = rounds.length > 1 ? ` · round ${state.r + 1}` : "";
  element("where").textContent = `${position} / ${last}${many}`;
  for (const id of ["first", "back"]) element(id).disabled = position === 0;
  for (const id of ["next", "last"]) element(id).disabled = position === last;
  showLeaves(state);
  explain();
  if (document.activeElement?.dataset?.wire) tell(wires.find((wire) => wire.group === document.activeElement));
  clearTimeout(hashing);
  hashing = setTimeout(remember, 200);
}

/** What has just happened in words: of many elements the first ones. */
function told(event) {
  const said = event.slice(0, 4).map((step) => filled(step.says, numbersOf(step))), more = event.length - said.length;
  return said.join(";  ") + (more > 0 ? `;  … and ${more} more` : "");
}

/** The permalink; a frame without an address of its own has none. */
function remember() {
  const prefix = level === data.levels[data.first] ? "" : `${level.level}-`;
  try { history.replaceState(null, "", position || prefix ? `#${prefix}${position}` : location.pathname); } catch { /* sandboxed */ }
}

function go(to) {
  const way = to < position ? -1 : 1;
  position = Math.max(0, Math.min(total(), to));
  if (quizzing()) position = questionFrom(position, way);
  ask();
  show();
}

function pause() {
  clearTimeout(playing);
  playing = 0;
  element("play").classList.remove("on");
  element("play").setAttribute("aria-label", "Play");
}

function play() {
  if (playing) return pause();
  if (asking) return element("answer").focus();
  if (position === total()) position = 0;
  element("play").classList.add("on");
  element("play").setAttribute("aria-label", "Pause");
  const tick = () => {
    go(beside(position, 1));
    if (position === total() || asking) pause();
    else playing = setTimeout(tick, 1000 / Number(element("speed").value));
  };
  playing = setTimeout(tick, 0);
}

const MOVES = {
  first: () => go(0), back: () => go(beside(position, -1)), next: () => forward(), last: () => go(total()),
};
for (const [id, move] of Object.entries(MOVES)) element(id).addEventListener("click", () => { pause(); move(); });
element("play").addEventListener("click", play);
element("position").addEventListener("input", (event) => { pause(); go(Number(event.target.value)); });

const KEYS = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last" };
document.addEventListener("keydown", (event) => {
  const busy = event.target.closest("input:not([type=checkbox]), select, textarea");
  if (busy || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key in KEYS) { pause(); MOVES[KEYS[event.key]](); event.preventDefault(); }
  if (event.key === " " && !event.target.closest("button, input, summary, .scroll")) { play(); event.preventDefault(); }
  if (event.key === "Escape") choose(null);
});
addEventListener("hashchange", fromHash);
function fromHash() {
  const match = /^#(?:([a-z]+)-)?(\d+)$/.exec(location.hash);
  if (!match) return;
  const wanted = match[1] ? data.levels.find((each) => each.level === match[1]) : data.levels[data.first];
  if (wanted && wanted !== level) turnTo(wanted);
  go(Number(match[2]));
}

element("zoom").addEventListener("change", zoom);
element("digits").addEventListener("change", (event) => { digits = Number(event.target.value); show(); });
element("level").addEventListener("change", (event) => {
  const before = stepTo(position), place = before && level.nodes[before.node], share = position / total();
  turnTo(data.levels[event.target.value]);
  go(samePlace(before, place) ?? Math.round(share * total()));
});

/** The picture and the tape of another level. */
function turnTo(another) {
  level = another;
  element("level").value = String(data.levels.indexOf(level));
  review();
  drawPicture();
}

/** Where on the tape of this level the same thing has happened to the same value. */
function samePlace(before, place) {
  if (!before) return 0;
  for (let at = starts[before.r + 1]; at > starts[before.r]; at--) {
    const step = stepTo(at);
    if (step.kind === before.kind && level.nodes[step.node] === place) return at;
  }
  return null;
}

// ── leaves ──

const inputs = new Map();

function leafRow(place) {
  const row = document.createElement("label"), name = document.createElement("span"), slope = document.createElement("output");
  const input = document.createElement("input");
  row.className = "leaf";
  name.textContent = graph.shown[place];
  Object.assign(input, { type: "text", inputMode: "decimal", autocomplete: "off", spellcheck: false });
  input.dataset.leaf = graph.names[place];
  input.addEventListener("focus", () => (input.value = String(leaves[place])));
  input.addEventListener("blur", () => (input.value = brief(leaves[place])));
  input.addEventListener("input", () => typed(place, input));
  input.addEventListener("change", () => { if (input.getAttribute("aria-invalid") === "true") refuse(place, input); });
  input.addEventListener("keydown", (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (way) { nudge(place, way * (event.shiftKey ? 10 : 1)); event.preventDefault(); }
  });
  dragged(name, () => place);
  name.addEventListener("click", (event) => event.preventDefault());
  row.append(name, input, slope);
  inputs.set(place, { input, slope, row });
  return row;
}

/** A number that fits its field; in full while the field has the focus. */
const brief = (x) => String(Number(x.toPrecision(9)));

function typed(place, input) {
  const text = input.value.trim().replace("−", "-"), x = Number(text);
  const good = text !== "" && Number.isFinite(x);
  input.setAttribute("aria-invalid", String(!good));
  if (good) change(place, x);
}

function refuse(place, input) {
  element("message").textContent = `“${input.value}” is no number; ${graph.shown[place]} keeps ${shown(leaves[place])}.`;
  input.setAttribute("aria-invalid", "false");
  input.value = String(leaves[place]);
}

/** The step of an arrow key: one unit of the second significant digit. */
const unit = (x) => 10 ** (Math.floor(Math.log10(Math.abs(x) || 1)) - 1);

function nudge(place, units) {
  const step = unit(leaves[place]), x = Number((leaves[place] + units * step).toPrecision(12));
  change(place, x);
  inputs.get(place).input.value = String(x);
}

function change(place, x) {
  leaves[place] = x;
  touched = true;
  recompute();
  show();
}

/** Dragging a name, or a number in the picture, to the right makes it larger. */
function dragged(handle, placeNow) {
  handle.addEventListener("pointerdown", (event) => {
    let from = event.clientX, moved = false;
    handle.setPointerCapture(event.pointerId);
    const move = (each) => {
      const units = Math.trunc((each.clientX - from) / 4);
      if (units) { nudge(placeNow(), units); from += units * 4; moved = true; }
    };
    const stop = () => {
      handle.removeEventListener("pointermove", move);
      if (moved) handle.addEventListener("click", (click) => click.stopPropagation(), { once: true, capture: true });
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", stop, { once: true });
    handle.addEventListener("pointercancel", stop, { once: true });
    event.preventDefault();
  });
}

function editable(number, placeNow) {
  number.classList.add("editable");
  dragged(number, placeNow);
  number.addEventListener("dblclick", () => inputs.get(placeNow()).input.focus());
}

function listLeaves() {
  const groups = { input: "inputs", parameter: "parameters", constant: "constants" };
  for (const [role, title] of Object.entries(groups)) {
    const places = graph.editable.filter((place) => graph.roles[place] === role);
    if (!places.length) continue;
    const group = document.createElement("details"), summary = document.createElement("summary"), list = document.createElement("div");
    group.className = "group";
    group.open = places.length <= 40;
    summary.textContent = `${places.length} ${places.length === 1 ? title.slice(0, -1) : title}`;
    if (places.length > 12) list.className = "scroll";
    list.append(...places.map(leafRow));
    group.append(summary, list);
    element("leaves").append(group);
  }
  if (!graph.editable.length) element("leaves").hidden = true;
}

/** The numbers of the leaves, except where a person is typing, and their gradients once these are there. */
function showLeaves(state) {
  const round = rounds[state.r], grads = state.over ? (round.grads ??= gradients(round.partials, graph.ops.length - 1)) : null;
  for (const [place, { input, slope }] of inputs) {
    if (document.activeElement !== input) input.value = brief(leaves[place]);
    slope.textContent = grads ? shown(grads.get(place) ?? 0) : "";
    slope.title = grads ? `gradient of ${graph.shown[place]}` : "";
  }
}
