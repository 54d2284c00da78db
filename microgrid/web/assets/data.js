// What the page was made from: the graph, its levels, the rules of its rounds. Nothing of it changes.

import { inflated } from "./inflate.js";

/** @type {any} */
export const data = /** @type {any} */ (globalThis).TAPE ?? JSON.parse(inflated(document.getElementById("tape").textContent));
export const graph = data.graph;
export const ROOT = graph.ops.length - 1;
export const PARAMETERS = graph.editable.filter((place) => graph.roles[place] === "parameter");

// What is known of working by hand for the numbers: each span has its results by their places in one list.
for (const known of (data.quiz ?? []).flatMap((some) => Object.values(some))) {
  known.spans = known.spans.map(([significant, digits, cuts, ...places]) => [significant, digits, cuts, ...places.map((i) => known.results[i])]);
}
