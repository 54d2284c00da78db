// The editor where the bundle is missing: a plain text field, with the ends of lines and the underlines behind it.

import { endsOf, lineEnd } from "./line_ends.js";

/** An editor as `codeEditor` makes one. */
export function textEditor(parent, about) {
  parent.classList.add("plain");
  const behind = parent.appendChild(document.createElement("div"));
  behind.className = "behind";
  behind.setAttribute("aria-hidden", "true");
  const field = parent.appendChild(document.createElement("textarea"));
  Object.assign(field, { wrap: "off", spellcheck: false, autocomplete: "off", placeholder: about.hint });
  field.setAttribute("aria-label", about.name);
  field.setAttribute("aria-describedby", "said");
  let ends = [], mistakes = [];
  const draw = () => drawBehind(behind, field.value.split("\n"), ends, mistakes);
  const scroll = () => { behind.style.transform = `translate(${-field.scrollLeft}px, ${-field.scrollTop}px)`; };
  field.addEventListener("input", () => { draw(); about.changed(); about.moved(); });
  field.addEventListener("scroll", scroll);
  for (const event of ["keyup", "click"]) field.addEventListener(event, about.moved);
  return {
    text: () => field.value,
    line: () => field.value.slice(0, field.selectionStart).split("\n").length,
    focus: () => field.focus(),
    lock: (locked) => { field.readOnly = locked; },
    begin(text) {
      field.value = text;
      field.setSelectionRange(0, 0);
      draw();
    },
    replace(text) {
      field.focus();
      field.select();
      if (!document.execCommand("insertText", false, text)) field.value = text; // the first can be undone
      field.setSelectionRange(0, 0);
      draw();
      about.changed();
    },
    go(line, column) {
      const lines = field.value.split("\n"), from = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
      field.focus();
      field.setSelectionRange(from + column, from + column);
    },
    show(reading) {
      ends = endsOf(reading, ends.filter((each) => !each.wrong));
      mistakes = reading.mistakes;
      draw();
      scroll();
    },
  };
}

function drawBehind(behind, lines, ends, mistakes) {
  const at = new Map(ends.map((each) => [each.line, each]));
  behind.replaceChildren(...lines.map((text, i) => {
    const row = document.createElement("div"), said = row.appendChild(document.createElement("span"));
    underline(said, text, mistakes.filter((each) => each.line === i + 1));
    const end = at.get(i + 1);
    if (end) {
      const element = row.appendChild(lineEnd(end.parts));
      element.dataset.line = i + 1;
      element.classList.toggle("wrong-line", Boolean(end.wrong));
    }
    return row;
  }));
}

/** The text of a line, its mistakes underlined. */
function underline(element, text, mistakes) {
  let from = 0;
  for (const { start, end } of [...mistakes].sort((one, other) => one.start - other.start)) {
    if (start < from) continue;
    element.append(text.slice(from, start));
    element.appendChild(document.createElement("u")).textContent = text.slice(start, end) || " ";
    from = end;
  }
  element.append(text.slice(from) || (from ? "" : "\u200b"));
}
