// The link: what a person sees, in the address: level, position, choice, and the numbers that have been changed.
// `#named-12?choice=3&w1=0.7`: an old link, `#12`, is one without the rest.

import { data, graph } from "./data.js";
import { BEGIN, change, choose, go, listen, state, turnTo } from "./state.js";

let waiting = 0, own = "";

/** The address of what is shown. */
export function address() {
  const { level, position, selected, chosen } = state, first = data.levels[data.first];
  const more = new URLSearchParams();
  if (selected !== null) more.set("choice", chosen ? `${selected}.${chosen}` : String(selected));
  state.leaves.forEach((x, place) => { if (!Object.is(x, BEGIN[place])) more.set(graph.names[place], String(x)); });
  const query = more.toString();
  return `#${level === first ? "" : `${level.level}-`}${position}${query ? `?${query}` : ""}`;
}

/** Write the address, a moment after the last change; a frame without an address of its own has none. */
function remember() {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    own = address();
    try { history.replaceState(null, "", own); } catch { /* sandboxed */ }
  }, 200);
}

/** Go to what an address says; whether it says anything. */
export function follow(hash) {
  const match = /^#(?:([a-z]+)-)?(\d+)(?:\?(.*))?$/.exec(hash);
  if (!match) return false;
  const [, name, position, query] = match, more = new URLSearchParams(query ?? "");
  const wanted = name ? data.levels.find((each) => each.level === name) : data.levels[data.first];
  if (wanted) turnTo(wanted);
  const places = new Map(graph.editable.map((place) => [graph.names[place], place]));
  const edits = [...more].filter(([key, x]) => places.has(key) && x !== "" && Number.isFinite(Number(x))).map(([key, x]) => [places.get(key), Number(x)]);
  if (edits.length || state.touched) change([...BEGIN.map((x, place) => [place, x]), ...edits]);
  const [card, element = 0] = (more.get("choice") ?? "").split(".").map(Number);
  if (more.has("choice") && state.level.cards[card]) { state.selected = null; choose(card, element); }
  go(Number(position));
  return true;
}

export function listenToAddress() {
  for (const what of ["position", "level", "choice", "numbers"]) listen(what, remember);
  addEventListener("hashchange", () => { if (location.hash !== own) follow(location.hash); });
}
