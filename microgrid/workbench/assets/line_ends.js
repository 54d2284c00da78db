// What stands at the ends of lines: numbers, verdicts and mistakes, on one line each, flush right.

const ROOM = 28, GAP = 20, MARGIN = 10; // pixels: the least that shows something, before it, behind it

/** The end of a line as an element. */
export function lineEnd(parts) {
  const element = document.createElement("span");
  element.className = "end";
  for (const [kind, text] of parts) {
    const part = element.appendChild(document.createElement("span"));
    part.className = kind;
    part.textContent = text;
  }
  return element;
}

/** The ends of the lines that have one, the mistakes before the numbers; of a text with mistakes the numbers are old. */
export function endsOf({ mistakes, ends }, old) {
  const found = new Map((mistakes.length ? old : ends).map((each) => [each.line, each]));
  for (const { line, message } of [...mistakes].reverse()) {
    if (line) found.set(line, { line, parts: [["mistake", message]], said: message, wrong: true });
  }
  return [...found.values()];
}

/** An extension of CodeMirror that shows them, and the effect that tells it which. */
export function lineEnds({ StateEffect, StateField, layer }) {
  const told = StateEffect.define();
  const field = StateField.define({
    create: () => [],
    update(ends, transaction) {
      const effect = transaction.effects.find((each) => each.is(told));
      const now = transaction.newDoc;
      if (effect) {
        return effect.value.filter(({ line }) => line <= now.lines).map((each) => ({ ...each, at: now.line(each.line).from }));
      }
      return transaction.docChanged ? ends.map((each) => moved(each, transaction)) : ends;
    },
  });
  const shown = layer({
    above: true,
    class: "ends",
    update: ({ docChanged, viewportChanged, transactions }) =>
      docChanged || viewportChanged || transactions.some((each) => each.effects.some((effect) => effect.is(told))),
    markers: (view) => markers(view, view.state.field(field)),
  });
  return { extension: [field, shown], told, field };
}

/** An end where its line is after an edit. */
function moved(end, transaction) {
  const line = transaction.newDoc.lineAt(transaction.changes.mapPos(end.at, -1));
  return { ...end, at: line.from, line: line.number };
}

function markers(view, ends) {
  const scroller = view.scrollDOM, box = scroller.getBoundingClientRect();
  const right = scroller.clientWidth - MARGIN, found = new Map();
  for (const end of ends) {
    if (end.at < view.viewport.from || end.at > view.viewport.to) continue;
    const line = view.state.doc.lineAt(end.at), place = view.coordsAtPos(line.to, -1);
    if (!place) continue;
    const left = place.right - box.left + scroller.scrollLeft + GAP;
    const top = place.top - box.top + scroller.scrollTop, height = place.bottom - place.top;
    if (right - left >= ROOM) found.set(line.from, new Marker(end, left, top, right - left, height));
  }
  return [...found.values()];
}

class Marker {
  constructor(end, left, top, width, height) {
    Object.assign(this, { end, left, top, width, height });
  }

  eq(other) {
    const same = ["left", "top", "width", "height"].every((each) => Math.abs(this[each] - other[each]) < 0.5);
    return same && this.end.line === other.end.line && this.end.parts === other.end.parts;
  }

  draw() {
    const element = lineEnd(this.end.parts);
    element.dataset.line = this.end.line;
    element.classList.toggle("wrong-line", Boolean(this.end.wrong));
    for (const each of ["left", "top", "width", "height"]) element.style[each] = `${this[each]}px`;
    element.style.lineHeight = `${this.height}px`;
    return element;
  }
}
