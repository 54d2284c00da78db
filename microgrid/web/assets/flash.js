// Numbers that an edit has changed light up, and for two seconds say what they were.

import { stage } from "./stage.js";

const WHILE = 2000;
let ending = 0;

/** Show the new numbers; of an edit also which are new, and what they were. */
export function flash(show, isEdit) {
  if (!isEdit) return show();
  const before = new Map(texts().map((text) => [text, text.words ?? ""]));
  show();
  const changed = [...before].filter(([text, words]) => text.dataset.exact !== undefined && text.words !== words);
  clearTimeout(ending);
  for (const [text, words] of changed) {
    text.classList.add("changed");
    if (text.caption && words) text.caption.textContent = `${words} →`;
  }
  ending = setTimeout(() => calm(texts()), WHILE);
}

const texts = () => stage.cards.filter(Boolean).flatMap((card) => card.cells.flatMap((cell) => [cell.value, cell.grad])).filter((text) => text?.tagName === "text");

function calm(all) {
  for (const text of all) {
    text.classList.remove("changed");
    if (text.caption) text.caption.textContent = text.caption.dataset.word;
  }
}
