// The ways from a value to the loss, each with the product of the local derivatives along it.

import { times } from "./rounds.js";

const MOST_WALKED = 5000;

/** Every way from a value to the last one: its nodes and slots, and the product along it; null where there are too many. */
export function waysOf(level, view, start) {
  const last = level.nodes.length - 1, found = [], open = [{ node: start, steps: [], product: 1 }];
  while (open.length) {
    const { node, steps, product } = open.pop();
    if (node === last) found.push({ steps, product: product ?? 0 });
    else for (const [child, slot] of level.usesBy[node]) open.push({ node: child, steps: [...steps, [node, child, slot]], product: times(view.slopes[child][slot], product) });
    if (found.length + open.length > MOST_WALKED) return null;
  }
  return found.sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
}
