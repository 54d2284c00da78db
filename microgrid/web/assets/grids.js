// Cards of vectors and matrices: their cells, their shades, and which sample they show.

const SHADE_LEAST = 0.06, SHADE_BEHIND = 0.28, SHADE_ALONE = 0.85; // as picture/grid.py has it
let sample = data.sample - 1;

/** A card of the picture: its numbers, one for each value or one for all of them. */
function cardOf(group, members) {
  const card = { group, members, values: [...group.querySelectorAll("[data-value-of]")], grads: [...group.querySelectorAll("[data-grad-of]")],
    partials: {}, ranges: [...group.querySelectorAll("[data-range]")] };
  group.querySelectorAll("[data-partial]").forEach((text) => (card.partials[text.dataset.partial] = text));
  card.name = members.length === 1 ? level.shown[members[0]] : nameOfAll(card);
  const isEach = card.values.length === members.length;
  card.values.forEach((number, k) => {
    if (isEach && graph.editable.includes(level.nodes[card.members[k]])) editable(number, () => level.nodes[card.members[k]]);
  });
  return card;
}

/** The name of an array, by that of its first element; a layer has one name for all it shows. */
const nameOfAll = (card) => card.values[0].dataset.valueOf.replace(/\[[0-9,]+\](?= at sample [0-9]+$|$)/, "");

/** The cell that a number stands in, or that stands for it. */
function cellOf(number) {
  const cell = number?.tagName === "polygon" ? number : number?.previousElementSibling;
  return cell?.classList.contains("cell") ? cell : null;
}

/** Which element of a card a click means: that of its number, or of its cell. */
function elementAt(card, target) {
  for (const some of [card.values, card.grads]) {
    const k = some.findIndex((number) => number === target || cellOf(number) === target);
    if (k >= 0) return k;
  }
  return 0;
}

/** Green above 0 and purple below, the more the larger a number is in its grid. */
function shade(card, state) {
  for (const [numbers, what] of [[card.values, "value"], [card.grads, "grad"]]) {
    const cells = numbers.map(cellOf);
    if (!cells[0]) continue;
    const known = numbers.map((number) => (number.dataset.exact === undefined ? NaN : Number(number.dataset.exact)));
    const largest = Math.max(...known.map(Math.abs).filter(Number.isFinite), 0);
    cells.forEach((cell, k) => {
      const x = known[k], share = Math.min(Math.abs(x) === Infinity || !largest ? 1 : Math.abs(x) / largest, 1);
      const darkest = cell === numbers[k] ? SHADE_ALONE : SHADE_BEHIND;
      cell.classList.toggle("above", x > 0);
      cell.classList.toggle("below", x < 0);
      cell.setAttribute("fill-opacity", Number.isNaN(x) ? 0 : (SHADE_LEAST + (darkest - SHADE_LEAST) * share).toFixed(3));
    });
    const range = card.ranges.find((text) => text.dataset.range === what), some = known.filter((x) => !Number.isNaN(x));
    if (range) put(range, some.length ? spread(some.length > 1 ? some : [some[0]])[0] : "");
  }
}

/** The cells of the value that a step is about. */
function point(card, step) {
  const k = card.members.indexOf(step.node), numbers = step.kind === "forward" || step.kind === "update" ? card.values : card.grads;
  const cell = numbers.length === card.members.length ? cellOf(numbers[k]) : null;
  cell?.classList.add("now");
  return cell ? [cell] : [];
}

/** The gradient of an array as one formula over arrays. */
function inMatrices(i) {
  const formula = level.gradients?.[i];
  if (!formula) return [];
  const list = document.createElement("dl"), title = document.createElement("dt"), row = document.createElement("dd");
  title.textContent = `∂${bracketed(level.shown[level.shown.length - 1])}/∂${nameOfCard(i)}`;
  row.textContent = `= ${formula}`;
  list.append(title, row);
  return [list];
}

const nameOfCard = (i) => cards[i].group.querySelector("text[font-weight=bold]")?.textContent.split(" = ")[0] ?? cards[i].name;

// ── samples ──

/** The sample that a value belongs to, from 0; -1 for what all samples share, or where there is one. */
function sampleOf(place) {
  const match = / at sample ([0-9]+)$/.exec(graph.names[place]);
  return match && level.samples?.length > 1 ? Number(match[1]) - 1 : -1;
}

function listSamples() {
  const count = Math.max(...data.levels.map((each) => each.samples?.length ?? 1));
  element("samples").hidden = count < 2;
  element("sample").append(...Array.from({ length: count }, (_, k) => new Option(`${k + 1} of ${count}`, k, false, k === sample)));
  element("sample").addEventListener("change", (event) => { turnToSample(Number(event.target.value)); show(false); });
  showRows();
}

/** The sample of the step, where that is another. */
function followSample(step) {
  const own = [step?.node, step?.child].filter((node) => node >= 0).map((node) => sampleOf(level.nodes[node])).find((k) => k >= 0);
  if (own !== undefined && own !== sample) turnToSample(own);
}

function turnToSample(k) {
  sample = k;
  element("sample").value = String(k);
  data.levels.forEach((each) => placeCards(each, sample));
  nameCells();
  showRows();
}

/** What each number is called, and which uses each wire stands for, at the sample that is shown. */
function nameCells() {
  cards.forEach((card, i) => {
    card.members = level.cards[i];
    if (card.values.length !== card.members.length) return;
    card.members.forEach((node, k) => {
      card.values[k].dataset.valueOf = level.names[node];
      if (card.grads[k]) card.grads[k].dataset.gradOf = level.names[node];
    });
    if (card.members.length === 1) card.name = level.shown[card.members[0]];
  });
  wireOf = new Map();
  wires.forEach((wire, k) => {
    wire.uses = level.usesOf(level.wires[k]);
    wire.uses.forEach(([child, slot]) => wireOf.set(`${child},${slot}`, wire));
  });
}

/** The inputs of the sample that is shown. */
function showRows() {
  for (const [place, { row }] of inputs) row.hidden = ![-1, sample].includes(sampleOf(place));
}
