// The link: what a person sees, in the address: level, position, choice, and the numbers that have been changed.
// `#named-12?choice=z1&w1=0.7`; `#end`, where the page opens, is the end of a sheet that has grown as well. Old links have
// no more than a position, or the number of a card for a choice.

import { data, graph } from "./data.js";
import { BEGIN, change, choose, go, listen, state, turnTo } from "./state.js";
import { finished } from "./stops.js";

let waiting = 0, own = "";
const opening = () => finished(data.round - 1);

/** What is chosen, by its name where it has one of its own. */
function choice() {
  const { level, selected, chosen } = state, i = level.cards[selected][chosen], name = level.names[i];
  if (name && level.names.indexOf(name) === i) return name;
  return chosen ? `${selected}.${chosen}` : String(selected);
}

/** Choose what an address calls by its name, or by the numbers of its card and of its element. */
function chooseCalled(called) {
  const { level } = state, i = level.names.indexOf(called), [card, element = 0] = i < 0 ? called.split(".").map(Number) : [level.cardOf[i], level.cards[level.cardOf[i]]?.indexOf(i)];
  if (!level.cards[card]) return;
  state.selected = null;
  choose(card, element);
}

/** The address of what is shown. */
export function address() {
  const { level, position, selected } = state, first = data.levels[data.first];
  const more = new URLSearchParams();
  if (selected !== null || graph.names.includes("choice")) more.set("choice", selected === null ? "" : choice());
  state.leaves.forEach((x, place) => { if (!Object.is(x, BEGIN[place])) more.append(graph.names[place], String(x)); });
  const query = more.toString();
  return `#${level === first ? "" : `${level.level}-`}${position === opening() ? "end" : position}${query ? `?${query}` : ""}`;
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
  const match = /^#(?:([a-z]+)-)?(\d+|end)(?:\?(.*))?$/.exec(hash);
  if (!match) return false;
  const [, name, position, query] = match, more = new URLSearchParams(query ?? "");
  const wanted = name ? data.levels.find((each) => each.level === name) : data.levels[data.first];
  if (wanted) turnTo(wanted);
  const places = new Map(graph.editable.map((place) => [graph.names[place], place]));
  const edits = [...more].filter(([key, x]) => places.has(key) && x !== "" && Number.isFinite(Number(x))).map(([key, x]) => [places.get(key), Number(x)]);
  if (edits.length || state.touched) change([...BEGIN.map((x, place) => [place, x]), ...edits]);
  if (more.get("choice")) chooseCalled(more.get("choice"));
  go(position === "end" ? opening() : Number(position));
  return true;
}

export function listenToAddress() {
  for (const what of ["position", "level", "choice", "numbers"]) listen(what, remember);
  addEventListener("hashchange", () => { if (location.hash !== own) follow(location.hash); });
}
