// The words of a sheet in an editor: their colours, and what can be typed.

/** What the kinds of words are called by an editor, by the beginnings of their names. */
const KINDS = [
  ["comment", "lineComment"], ["string", "string"], ["storage", "definitionKeyword"], ["keyword.control", "keyword"],
  ["keyword.operator.comparison", "compareOperator"], ["keyword.operator", "operator"],
  ["variable.other.derivative", "special"], ["support.function", "standard"], ["entity.name.function", "function"],
  ["constant.numeric", "number"], ["constant.language", "number"], ["variable", "variableName"],
  ["punctuation", "punctuation"],
];

/** The colours, of the patterns that the reader of sheets gives. */
export function colours({ HighlightStyle, StreamLanguage, syntaxHighlighting, tags }, patterns) {
  const of = {
    ...tags, special: tags.special(tags.variableName), standard: tags.standard(tags.name),
    function: tags.function(tags.variableName),
  };
  const kinds = patterns.map(([scope, pattern]) => ({ kind: kindOf(scope), pattern: new RegExp(pattern, "muy") }));
  const language = StreamLanguage.define({
    name: "sheet",
    token: (stream) => tokenAt(stream, kinds),
    tokenTable: Object.fromEntries(KINDS.map(([, kind]) => [`sheet-${kind}`, of[kind]])),
    languageData: { commentTokens: { line: "#" } },
  });
  const style = HighlightStyle.define(KINDS.map(([, kind]) => ({ tag: of[kind], class: `word-${kind}` })));
  return [language, syntaxHighlighting(style)];
}

const kindOf = (scope) => `sheet-${KINDS.find(([begin]) => scope.startsWith(begin))[1]}`;

/** The kind of the word at which a stream stands, which it goes past. */
function tokenAt(stream, kinds) {
  for (const { kind, pattern } of kinds) {
    pattern.lastIndex = stream.pos;
    const found = pattern.exec(stream.string);
    if (found?.[0]) {
      stream.pos += found[0].length;
      return kind;
    }
  }
  stream.next();
  return null;
}

/** What can be typed at a place: the names of the sheet, functions, and where a line begins its keywords. */
export function completer(words, names) {
  return (context) => {
    const word = context.matchBefore(/[\p{L}_][\p{L}\p{M}\p{N}_]*/u);
    const line = context.state.doc.lineAt(context.pos), before = line.text.slice(0, (word?.from ?? context.pos) - line.from);
    if ((!word && !context.explicit) || before.includes("#") || /^\s*(?:title|source)\s/.test(before)) return null;
    const starts = !before.trim();
    const known = words.filter(([, kind]) => (kind === "keyword" ? starts : !starts));
    const options = [
      ...names().map(([label, detail]) => ({ label, detail, type: "variable", boost: 2 })),
      ...known.map(([label, type, detail]) => ({ label, type, detail })),
    ];
    return { from: word?.from ?? context.pos, options, validFor: /^[\p{L}\p{M}\p{N}_]*$/u };
  };
}
