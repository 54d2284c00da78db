// Elements of SVG and of HTML, and texts that stay inside their room.

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

export function html(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** @returns {any} */
export const element = (id) => document.getElementById(id);

const FONT = "system-ui, 'DejaVu Sans', sans-serif", pen = globalThis.document?.createElement("canvas").getContext("2d"), widths = new Map();

/** The width of a text at 13 pixels. */
export function width(text, weight = "400") {
  const key = weight + text;
  if (!widths.has(key)) {
    pen.font = `${weight} 13px ${FONT}`;
    widths.set(key, pen.measureText(text).width);
    if (widths.size > 5000) widths.clear();
  }
  return widths.get(key) ?? text.length * 7;
}

/** Write a text that is squeezed where it has too little room. */
export function write(text, words, room) {
  if (text.words === words) return;
  text.words = words;
  text.textContent = words;
  if (room && width(words) > room) {
    text.setAttribute("textLength", String(room));
    text.setAttribute("lengthAdjust", "spacingAndGlyphs");
  } else text.removeAttribute("textLength");
}

/** Put the tip above a place of the stage, or where it has no room there, below another one. */
export function placeTip(x, top, bottom = top + 18) {
  const tip = element("tip"), stage = element("stage"), half = tip.offsetWidth / 2 + 4, high = tip.offsetHeight;
  tip.style.left = `${clamp(x, half, stage.clientWidth - half)}px`;
  tip.style.top = `${clamp(top - high - 10 < 0 ? bottom : top - high - 10, 4, stage.clientHeight - high - 4)}px`;
}

export const clamp = (x, low, high) => Math.max(low, Math.min(high, x));
export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
