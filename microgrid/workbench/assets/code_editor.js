// The editor, made of CodeMirror.

import { colours, completer } from "./language.js";
import { endsOf, lineEnds } from "./line_ends.js";

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** An editor in a place of the page.
 *
 *  about  what it is called, the words of the language, the names of the sheet, and what hears of changes
 */
export async function codeEditor(parent, about) {
  const mirror = await import("./codemirror.min.js");
  const { Compartment, EditorState, EditorView, setDiagnostics } = mirror;
  const ends = lineEnds(mirror), theme = new Compartment(), lock = new Compartment();
  const view = new EditorView({
    parent,
    state: EditorState.create({ extensions: [extensions(mirror, about), ends.extension, theme.of(dark(EditorView)), lock.of([])] }),
  });
  DARK.addEventListener("change", () => view.dispatch({ effects: theme.reconfigure(dark(EditorView)) }));
  const whole = (text) => ({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } });
  const lineOf = (number) => view.state.doc.line(Math.max(1, Math.min(number, view.state.doc.lines)));
  return {
    text: () => view.state.doc.toString(),
    begin: (text) => view.dispatch({ ...whole(text), annotations: mirror.Transaction.addToHistory.of(false) }),
    replace: (text) => view.dispatch(whole(text)),
    line: () => view.state.doc.lineAt(view.state.selection.main.head).number,
    focus: () => view.focus(),
    lock: (locked) => view.dispatch({ effects: lock.reconfigure(locked ? EditorState.readOnly.of(true) : []) }),
    go(line, column) {
      const { from, to } = lineOf(line);
      view.dispatch({ selection: { anchor: Math.min(to, from + column) }, scrollIntoView: true });
      view.focus();
    },
    show(reading) {
      const places = reading.mistakes.map(({ line, start, end, message }) => {
        const { from, to } = lineOf(line || 1);
        return { from: Math.min(to, from + start), to: Math.min(to, from + end), severity: "error", message };
      });
      view.dispatch(setDiagnostics(view.state, places));
      view.dispatch({ effects: ends.told.of(endsOf(reading, view.state.field(ends.field).filter((each) => !each.wrong))) });
    },
  };
}

const dark = (EditorView) => EditorView.darkTheme.of(DARK.matches);

function extensions(mirror, about) {
  const { EditorView, keymap } = mirror;
  return [
    EditorView.cspNonce.of(about.nonce),
    mirror.lineNumbers(), mirror.highlightActiveLineGutter(), mirror.highlightActiveLine(), mirror.history(),
    mirror.highlightSpecialChars(), mirror.drawSelection(), mirror.dropCursor(), mirror.bracketMatching(),
    mirror.highlightSelectionMatches(),
    EditorView.lineWrapping,
    colours(mirror, about.patterns),
    mirror.autocompletion({ override: [completer(about.words, about.names)], selectOnOpen: false, icons: false }),
    mirror.placeholder(about.hint),
    EditorView.contentAttributes.of({ "aria-label": about.name, "aria-describedby": "said", spellcheck: "false", tabindex: "0" }),
    // Tab stays the key that leads to the next control.
    keymap.of([...mirror.completionKeymap, ...mirror.defaultKeymap, ...mirror.searchKeymap, ...mirror.historyKeymap, ...mirror.lintKeymap]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) about.changed();
      if (update.docChanged || update.selectionSet) about.moved();
    }),
  ];
}
