// A chosen value: how many ways lead to the loss, and the derivation of its gradient with the numbers of now.

import { bracketed, filled } from "./numbers.js";
import { listen, roundOf, state, stateAt } from "./state.js";
import { drawSlice } from "./slice.js";
import { listWays } from "./paths.js";
import { element, html } from "./svg.js";

/** How many ways lead from a card to the loss. */
function waysFrom(card) {
  const counts = state.level.boxes.map(() => 0);
  counts[card] = 1;
  for (const [head, , tail] of state.level.wires.slice().sort((a, b) => a[0] - b[0])) if (head !== tail) counts[head] += counts[tail];
  return counts[counts.length - 1];
}

export function showChosen() {
  const box = element("derivation"), { selected, level } = state, hint = html("p", { class: "hint" });
  if (selected === null) {
    hint.textContent = "Choose a card: its ways to the loss light up, and its gradient is derived here.";
    box.replaceChildren(hint);
    return;
  }
  const members = level.cards[selected], isGrid = members.length > 1 && Boolean(level.boxes[selected]?.grid);
  const count = waysFrom(selected), i = members[isGrid ? state.chosen : 0];
  hint.textContent = `${isGrid ? level.shown[i] : members.map((k) => level.shown[k]).slice(0, 3).join(", ")}: `
    + (selected === level.cards.length - 1 ? "the loss itself" : `${count.toLocaleString("en")} path${count === 1 ? "" : "s"} to the loss`);
  const round = roundOf(state.position - 1);
  const isOne = members.length === 1 || isGrid;
  box.replaceChildren(hint, ...(isOne ? drawSlice(level.nodes[i]) : []), ...inMatrices(selected), ...(level.derivations[i] ?? []).map((lines) => derived(lines, round)), ...(isOne ? listWays(i) : []));
}

/** The gradient of an array as one formula over arrays. */
function inMatrices(i) {
  const { level } = state, formula = level.gradients?.[i];
  if (!formula) return [];
  const name = level.boxes[i].title.split(" = ")[0], title = html("dt"), row = html("dd");
  title.textContent = `∂${bracketed(level.shown[level.shown.length - 1])}/∂${name}`;
  row.textContent = `= ${formula}`;
  return [html("dl", {}, title, row)];
}

function derived(lines, r) {
  const { level } = state, list = html("dl"), view = state.views[r], now = stateAt(state.position);
  const lookup = (what) => {
    const [a, b] = what.slice(1).split("_").map(Number), i = level.nodes.indexOf(a);
    if (what[0] === "d") return i < 0 || now.known[i] ? state.rounds[r].values[a] : null;
    if (what[0] === "g") return now.complete[a] ? view.grad[a] ?? 0 : null;
    return !now.known[a] ? null : level.parents[a].reduce((sum, parent, slot) => (parent === b ? sum + (view.slopes[a][slot] ?? 0) : sum), 0);
  };
  const [name, ...rest] = lines.map((line) => filled(line, lookup)), title = html("dt");
  title.textContent = name;
  list.append(title);
  rest.filter((line, i) => line !== (i ? rest[i - 1] : name)).forEach((line) => {
    const row = html("dd");
    row.textContent = `= ${line}`;
    list.append(row);
  });
  return list;
}

for (const what of ["choice", "position", "numbers", "level"]) listen(what, showChosen);
