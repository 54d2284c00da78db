// The names in the sentence and the cards of the picture light each other up.

import { state } from "./state.js";
import { stage } from "./stage.js";
import { element, html } from "./svg.js";

const LONGEST = 200, LARGEST = 20_000;  // letters of a name that is lit up, and of all of them: no browser compiles any number

let spelled = { level: null, pattern: null, place: new Map() };

/** The names of a level, the longest first, as one pattern. */
function namesOf(level) {
  if (spelled.level !== level) {
    const place = new Map(level.shown.map((name, i) => [name, i]));
    const names = [...place.keys()].filter((name) => name.length <= LONGEST && /[\p{L}_]/u.test(name)).sort((a, b) => b.length - a.length);
    const escaped = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
    spelled = { level, place, pattern: escaped && escaped.length < LARGEST ? new RegExp(`(?<![\\p{L}\\p{N}_])(?:${escaped})(?![\\p{L}\\p{N}_₀-₉])`, "gu") : null };
  }
  return spelled;
}

/** Write a sentence, each name of a value in an element of its own. */
export function writeSentence(into, text) {
  const { pattern, place } = namesOf(state.level), parts = [];
  let from = 0;
  for (const match of pattern ? text.matchAll(pattern) : []) {
    if (match.index > from) parts.push(text.slice(from, match.index));
    parts.push(html("span", { class: "term", "data-term": place.get(match[0]) }, match[0]));
    from = match.index + match[0].length;
  }
  into.replaceChildren(...parts, text.slice(from));
}

/** Light the card of a name, or the names of a card; nothing for null. */
function lightUp(node) {
  document.querySelectorAll(".spoken").forEach((each) => each.classList.remove("spoken"));
  if (node === null) return;
  stage.cards[state.level.cardOf[node]]?.group.classList.add("spoken");
  element("message").querySelectorAll(`[data-term="${node}"]`).forEach((each) => each.classList.add("spoken"));
}

export function listenToTerms() {
  element("message").addEventListener("pointerover", ({ target }) => lightUp(target.dataset.term === undefined ? null : Number(target.dataset.term)));
  element("message").addEventListener("pointerleave", () => lightUp(null));
  element("canvas").addEventListener("pointerover", ({ target }) => {
    const card = target.closest("[data-card]");
    lightUp(card ? state.level.cards[Number(card.dataset.card)]?.[0] ?? null : null);
  });
  element("canvas").addEventListener("pointerleave", () => lightUp(null));
}
