// A canvas that lies with the stage's drawing, and moves with its camera: for what would be too much as elements.

import { listen, state } from "./state.js";
import { element, html } from "./svg.js";

const painters = [];
let sheet_ = null, colours_ = null, asked = 0;

/** Have something painted on the canvas: `does(pen, scale)`, in the coordinates of the world. */
export const onUnder = (does) => painters.push(does);

/** The colours of the page, as the canvas takes them. */
export function colours() {
  if (colours_) return colours_;
  const style = getComputedStyle(document.documentElement);
  return (colours_ = Object.fromEntries(["paper", "ink", "soft", "line", "data", "grad", "violet", "above", "below", "focus", "bg"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()])));
}

/** Red, green and blue of a colour. */
const parsed = new Map();
export function rgb(colour) {
  if (!parsed.has(colour)) {
    const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    parsed.set(colour, [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)]);
  }
  return parsed.get(colour);
}

/** Paint, at most once a frame. */
export function repaint() {
  if (!asked) asked = requestAnimationFrame(paintUnder);
}

/** Paint now, where the camera is. */
export function paintUnder() {
  cancelAnimationFrame(asked);
  asked = 0;
  if (!sheet_) return;
  sheet_.hidden = !state.level.drawn;
  if (sheet_.hidden) return;
  const { clientWidth, clientHeight } = element("stage"), dense = globalThis.devicePixelRatio || 1;
  const [w, h] = [clientWidth, clientHeight].map((each) => Math.round(each * dense));
  if (sheet_.width !== w || sheet_.height !== h) Object.assign(sheet_, { width: w, height: h });
  const pen = sheet_.getContext("2d"), at = element("world").transform.baseVal.consolidate()?.matrix;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, w, h);
  if (!at) return;
  pen.setTransform(dense * at.a, 0, 0, dense * at.d, dense * at.e, dense * at.f);
  for (const does of painters) does(pen, at.a);
}

export function layUnder() {
  sheet_ = html("canvas", { id: "under", "aria-hidden": "true" });
  element("stage").prepend(sheet_);
  new MutationObserver(paintUnder).observe(element("world"), { attributes: true, attributeFilter: ["transform"] });
  const turned = () => { colours_ = null; repaint(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", turned);
  new MutationObserver(turned).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  listen("level", repaint);
}
