// The sentence about a step, as long as its box can show: of many elements fewer, of a long sum its ends.

import { writeSentence } from "./terms.js";
import { element } from "./svg.js";

const SHORT = 60; // characters that fit in any box
const SEPARATOR = /^(?: [+−] |, )/, OPENS = "([{", CLOSES = ")]}";

/** What stands between two brackets, or two signs of equality: from where, to where, and where its terms are parted. */
function termsOf(text) {
  const groups = [], open = [{ from: 0, to: 0, cuts: [] }];
  const close = (at) => { const group = open.pop(); if (group) groups.push({ ...group, to: at }); };
  for (let at = 0; at < text.length; at++) {
    const parted = SEPARATOR.exec(text.slice(at, at + 3))?.[0];
    if (OPENS.includes(text[at])) open.push({ from: at + 1, to: 0, cuts: [] });
    else if (CLOSES.includes(text[at]) && open.length > 1) close(at);
    else if (open.length === 1 && text.startsWith(" = ", at)) { close(at); open.push({ from: at + 3, to: 0, cuts: [] }); }
    else if (parted) open[open.length - 1].cuts.push([at, at + parted.length]);
  }
  while (open.length) close(text.length);
  return groups.sort((a, b) => a.from - b.from);
}

/** A sentence whose sums, and lists of arguments, have so many terms, … and the last one. */
export function abridged(text, kept) {
  let out = "", at = 0;
  for (const { cuts } of termsOf(text)) {
    if (cuts.length <= kept || cuts[kept - 1][1] < at) continue;
    out += `${text.slice(at, cuts[kept - 1][1])}…`;
    at = cuts[cuts.length - 1][0];
  }
  return out + text.slice(at);
}

/** Without the numbers that lead to the last one. */
function withoutNumbers(text) {
  const sides = text.split(" = ");
  return sides.length < 3 ? text : [...sides.slice(0, -2), "…", sides[sides.length - 1]].join(" = ");
}

/** Write the first of some texts that fits into its box; the last one abridged if none does. */
export function writeFitting(texts) {
  const message = element("message"), box = element("told"), last = texts[texts.length - 1];
  for (const text of new Set([...texts, abridged(last, 2), abridged(last, 1), withoutNumbers(abridged(last, 2)), withoutNumbers(abridged(last, 1))])) {
    writeSentence(message, text);
    if (text.length < SHORT || box.scrollHeight <= box.clientHeight + 1) return;
  }
}
