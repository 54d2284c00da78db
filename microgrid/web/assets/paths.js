// The ways from a chosen value to the loss, each with its product; the largest first. Their sum is the gradient.

import { bracketed, shown } from "./numbers.js";
import { roundOf, state, stateAt } from "./state.js";
import { waysOf } from "./ways.js";
import { stage } from "./stage.js";
import { html } from "./svg.js";

const MOST_LISTED = 12;

/** The list of ways from value i of the level, for the inspector; nothing where there is one, or where all is covered. */
export function listWays(i) {
  const { level } = state, r = roundOf(state.position - 1), view = state.views[r];
  if (state.covered || !stateAt(state.position).complete[i]) return [];
  const ways = waysOf(level, view, i);
  if (!ways || ways.length < 2) return [];
  const list = html("ol", { class: "ways" }), most = Math.max(...ways.map((way) => Math.abs(way.product)), 1e-300);
  for (const way of ways.slice(0, MOST_LISTED)) list.append(itemOf(way, most));
  const rest = ways.slice(MOST_LISTED), sum = (some) => some.reduce((total, way) => total + way.product, 0);
  const title = html("h3"), end = html("p", { class: "hint" });
  title.textContent = `${ways.length} ways, the largest first`;
  end.textContent = `${rest.length ? `${rest.length} more: ${shown(sum(rest))}. ` : ""}Together ${shown(sum(ways))} = ∂${bracketed(level.shown[level.shown.length - 1])}/∂${bracketed(level.shown[i])}`;
  return [title, list, end];
}

function itemOf(way, most) {
  const { level } = state, item = html("li", { tabindex: 0 }), name = html("span"), number = html("b", { class: way.product < 0 ? "below" : "above" });
  name.textContent = [way.steps[0][0], ...way.steps.map(([, child]) => child)].map((node) => level.shown[node]).join(" → ");
  number.textContent = shown(way.product);
  item.append(name, number);
  item.style.setProperty("--share", String(Math.abs(way.product) / most));
  for (const event of ["pointerenter", "focus"]) item.addEventListener(event, () => lightWay(way));
  for (const event of ["pointerleave", "blur"]) item.addEventListener(event, () => lightWay(null));
  return item;
}

/** Light the wires and rows of one way. */
function lightWay(way) {
  document.querySelectorAll(".way").forEach((each) => each.classList.remove("way"));
  for (const [node, child, slot] of way?.steps ?? []) {
    const wire = stage.wireOf.get(`${child},${slot}`);
    (wire?.group ?? stage.cards[state.level.cardOf[node]]?.group)?.classList.add("way");
  }
}
