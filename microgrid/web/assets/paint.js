// What stands in the cards and how the wires look, at a position: numbers, shades, bars, signs, sizes.

import { passed } from "./levels.js";
import { format, rms, shown, spread } from "./numbers.js";
import { state } from "./state.js";
import { svg, write } from "./svg.js";

const SHADE_LEAST = 0.06, SHADE_BEHIND = 0.28, SHADE_ALONE = 0.85; // as picture/grid.py has it
const THICK = 5, THIN = 1; // of wires
const FIGURES = 6; // at most, in the picture: sentences and derivations have as many as anybody wants

/** The values of the level that a cell stands for. */
export const membersOf = (cell) => { const all = state.level.cards[cell.card.i]; return cell.k < 0 ? all : [all[cell.k]]; };

const figures = () => Math.min(FIGURES, format.digits);

/** Write a number; `is` says how it stands: "here", "so-far" or "ghost". Only what is here, or in sum so far, is exact. */
function put(text, [words, exact], is, room) {
  text.classList.toggle("ghost", is === "ghost");
  text.classList.toggle("so-far", is === "so-far");
  if (is === "ghost" && state.covered) words = "";
  if (text.tagName === "text") write(text, is === "so-far" ? `Σ ${words}` : words, room);
  if (is === "ghost" || exact === null) delete text.dataset.exact;
  else text.dataset.exact = exact;
}

/** Every number of every card. */
export function paintCards(cards, now) {
  const view = state.views[now.r];
  for (const card of cards) {
    if (!card) continue;
    for (const cell of card.cells) paintCell(cell, now, view);
    shade(card);
    paintRows(card, now, view, cards);
    card.group.setAttribute("aria-label", spoken(card));
  }
}

function paintCell(cell, now, view) {
  const members = membersOf(cell), known = members.every((i) => now.known[i]), places = figuresOf(cell);
  if (cell.isTitle) cell.value.dataset.exact = String(now.values[members[0]]);
  else put(cell.value, spread(members.map((i) => now.values[i]), places), known ? "here" : "ghost", cell.room);
  if (!cell.grad) return;
  const reached = members.some((i) => now.shares[i]), complete = members.every((i) => now.complete[i]);
  const numbers = members.map((i) => (reached ? now.grad[i] : view.grad[i] ?? 0));
  put(cell.grad, spread(numbers, places), !reached ? "ghost" : complete ? "here" : "so-far", cell.gradRoom);
  if (cell.bar) paintBar(cell, members[0], now, view, complete);
}

const figuresOf = (cell) => (cell.k < 0 ? Math.min(3, figures()) : figures());

/** The gradient as the sum of its shares: one segment a use, right of the axis above 0; outlined until all have come. */
function paintBar(cell, i, now, view, complete) {
  const { level } = state, shares = level.usesBy[i].map(([child, slot]) => [level.order[child][slot], passed(view, child, slot)]);
  if (i === level.nodes.length - 1) shares.unshift([-1, 1]);
  const sums = [1, -1].map((sign) => shares.reduce((sum, [, x]) => sum + Math.max(0, sign * x), 0)), most = Math.max(...sums, 1e-300);
  const come = shares.filter(([turn]) => (turn < 0 ? now.shares[i] > 0 : turn < now.turns));
  const key = `${complete} ${come.length} ${shares.map(([, x]) => x)}`;
  if (cell.bar.key === key) return;
  cell.bar.key = key;
  const ends = [0, 0], scale = cell.barWidth / most;
  const segments = come.filter(([, x]) => Number.isFinite(x * scale)).map(([, x]) => {
    const side = x < 0 ? 1 : 0, length = Math.abs(x) * scale, start = ends[side];
    ends[side] += length;
    return svg("rect", { class: `segment ${x < 0 ? "below" : "above"}${complete ? "" : " open"}`, x: side ? -start - length : start, width: Math.max(0.5, length - 0.75), y: 0, height: 5 });
  });
  cell.bar.replaceChildren(svg("path", { class: "axis", d: "M0,-1V6" }), ...segments);
}

/** ∂ of every input, and the numbers of leaves that have a card of their own besides. */
function paintRows(card, now, view, cards) {
  const { level } = state;
  for (const row of card.rows) {
    const wires = row.kind === "many" ? level.wires.filter(([head]) => head === card.i) : level.wires.filter(([head, slot]) => head === card.i && slot === row.slot);
    const uses = wires.flatMap((wire) => level.usesOf(wire)), known = uses.every(([child, slot]) => now.known[child] && (!state.covered || level.order[child][slot] < now.turns));
    if (!row.says && uses.length) {
      const [words, exact] = spread(uses.map(([child, slot]) => view.slopes[child][slot] ?? 0), uses.length > 1 ? Math.min(3, figures()) : figures());
      put(row.partial, [`∂ ${words}`, exact], known ? "here" : "ghost", row.room);
      if (state.covered && !known && uses.every(([child]) => now.known[child])) write(row.partial, "∂ ?");
    }
    if (row.says) row.partial.textContent = state.covered && !known ? "" : `∂ ${row.says}`;
    if (row.kind === "shared") {
      const tail = cards[wires[0][2]], place = level.cards[tail.i][0];
      write(row.copy, shown(now.values[place], figures()), 54);
    }
  }
}

/** Green above 0 and purple below, the more the larger a number is in its grid. */
function shade(card) {
  if (!card.cells[0]?.rect) return;
  ["rect", "gradRect"].forEach((which, side) => {
    const numbers = card.cells.map((cell) => { const { exact } = (side ? cell.grad : cell.value).dataset; return exact === undefined ? NaN : Number(exact); });
    const largest = Math.max(...numbers.map(Math.abs).filter(Number.isFinite), 0);
    card.cells.forEach((cell, k) => {
      const x = numbers[k], share = Math.min(Math.abs(x) === Infinity || !largest ? 1 : Math.abs(x) / largest, 1);
      const darkest = cell.isSmall ? SHADE_ALONE : SHADE_BEHIND, rect = cell[which];
      rect.classList.toggle("above", x > 0);
      rect.classList.toggle("below", x < 0);
      rect.setAttribute("fill-opacity", Number.isNaN(x) ? "0" : (SHADE_LEAST + (darkest - SHADE_LEAST) * share).toFixed(3));
    });
    const known = numbers.filter((x) => !Number.isNaN(x));
    if (card.ranges) put(card.ranges[side], known.length ? spread(known.length > 1 ? known : [known[0]], 3) : ["", null], "here", card.w / 2 - 8);
  });
}

/** A card in words. */
function spoken(card) {
  const say = (text) => text.dataset.exact === undefined ? "not computed yet" : text.textContent || text.dataset.exact;
  const { level } = state, of = level.cards[card.i], name = of.length > 1 ? card.box.title : level.shown[of[0]];
  const some = card.cells.slice(0, 12), grads = some.filter((cell) => cell.grad);
  return `${name}: data ${some.map((cell) => say(cell.value)).join(", ")}`
    + (grads.length ? `, gradient ${grads.map((cell) => say(cell.grad)).join(", ").replaceAll("Σ", "so far")}` : "");
}

// ── wires ──

/** What a wire carries back. */
export const loads = (wire, view) => wire.uses.map(([child, slot]) => passed(view, child, slot));

/** Wide: carries much; dashed: below 0; dotted: nothing; thin and grey: nothing has come yet. */
export function paintWires(wires, now) {
  const view = state.views[now.r], sizes = wires.map((wire) => rms(loads(wire, view)));
  const largest = Math.max(...sizes.filter((x) => Number.isFinite(x) && x > 0), 1e-300);
  wires.forEach((wire, k) => {
    const sent = wire.uses.every(([child, slot]) => state.level.order[child][slot] < now.turns), x = sizes[k];
    const share = !sent || !x ? 0 : Number.isFinite(x) ? Math.max(0, 1 + Math.log10(x / largest) / 3) : 1;
    const sign = !sent ? "" : !x ? "zero" : wire.uses.length > 1 ? "several" : loads(wire, view)[0] < 0 ? "below" : "above";
    const look = `${(THIN + (THICK - THIN) * share).toFixed(2)} ${sign}`;
    if (wire.look === look) return;
    wire.look = look;
    wire.line.setAttribute("stroke-width", look.split(" ")[0]);
    wire.group.setAttribute("class", `wire ${sign}`);
  });
}
