// What the page was made from: the graph, its levels, the rules of its rounds. Nothing of it changes.

/** @type {any} */
export const data = /** @type {any} */ (globalThis).TAPE ?? JSON.parse(document.getElementById("tape").textContent);
export const graph = data.graph;
export const ROOT = graph.ops.length - 1;
export const PARAMETERS = graph.editable.filter((place) => graph.roles[place] === "parameter");
