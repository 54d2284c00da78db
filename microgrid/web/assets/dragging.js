// Numbers that are dragged: to the right they grow, by units of their second digit.

import { change, state } from "./state.js";
import { remembered } from "./history.js";

/** The step of an arrow key: one unit of the second significant digit. */
export const unit = (x) => 10 ** (Math.floor(Math.log10(Math.abs(x) || 1)) - 1);

/** The number of a leaf, so many units on. */
export function nudge(place, units) {
  const x = state.leaves[place];
  remembered(() => change([[place, Number((x + units * unit(x)).toPrecision(12))]]), place);
}

/** Dragging it to the right makes the number of a leaf larger. */
export function dragged(handle, placeNow) {
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

export function editable(number, placeNow) {
  number.classList.add("editable");
  dragged(number, placeNow);
}
