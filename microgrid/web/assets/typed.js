// Numbers as people type them: 0.25, −1.5e−7, or a closed form, 13/35 or 2·√3 − 1; and what to say of what is none.
// A closed form has numbers, π and e, + − * / ^ √ and brackets, with the precedence of formula/parser.py.

export const { readTyped } = (() => {

const PLAIN = /^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?$/i, LONGEST = 60, LARGEST = 290; // as sheet/numbers.py has it
const WORD = /\s*(?:((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?)|(π|pi|e)(?![a-z0-9_])|(\*\*|[-+*/^()√]))/iy;
const SPELLED = { "−": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/" };
const LEVELS = { "+": 1, "-": 1, "*": 2, "/": 2, neg: 3, "^": 4, "√": 5 };
const DOES = {
  "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, "^": (a, b) => a ** b,
  neg: (a) => -a, "√": (a) => Math.sqrt(a),
};

/** The words of a closed form; null where something else stands. */
function words(text) {
  const found = [];
  WORD.lastIndex = 0;
  while (WORD.lastIndex < text.trimEnd().length) {
    const match = WORD.exec(text);
    if (!match) return null;
    const [, number, name, sign] = match;
    found.push(sign ? (sign === "**" ? "^" : sign) : number ? Number(number) : name === "e" ? Math.E : Math.PI);
  }
  return found;
}

/** What a closed form comes to, by two stacks; null where it is none. */
function closedForm(text) {
  const signs = [], numbers = [], list = words(text);
  let awaits = true, before = null; // a number, or what stands before one
  const apply = () => {
    const does = DOES[signs.pop()];
    numbers.push(does(...numbers.splice(-does.length)));
  };
  const applyFrom = (level) => { while (signs.length && LEVELS[signs.at(-1)] >= level) apply(); };
  for (const word of list ?? []) {
    if (typeof word === "number" || word === "(" || word === "√") {
      if (!awaits) return null;
      if (typeof word === "number") numbers.push(word); else signs.push(word);
      awaits = typeof word !== "number";
    } else if (awaits) {
      if (word === "-") signs.push("neg");
      else if (word !== "+") return null;
    } else if (word === ")") {
      applyFrom(1);
      if (signs.pop() !== "(") return null;
    } else {
      if (word === "^" && signs.at(-1) === "√" && before !== ")") return null; // √4^2: whose power is it?
      applyFrom(word === "^" ? LEVELS["√"] : LEVELS[word]);
      signs.push(word);
      awaits = true;
    }
    before = word;
  }
  if (awaits) return null;
  applyFrom(1);
  return signs.length ? null : numbers[0];
}

/** { number, text, isExact } of what was typed, as a judge reads it; { refusal } where it is no number. */
function readTyped(answer) {
  const text = answer.trim().replace(/[−·×⋅÷]/g, (sign) => SPELLED[sign]), number = Number(text);
  if (PLAIN.test(text)) {
    const isInRange = text.length <= LONGEST && Math.abs(Number(/e(.*)/i.exec(text)?.[1] ?? 0)) <= LARGEST;
    return isInRange ? { text, number, isExact: false } : { refusal: `${answer.trim().slice(0, 20)} is out of range; numbers go from 1e-${LARGEST} to 1e${LARGEST}` };
  }
  const value = closedForm(text);
  if (value === null) return { refusal: `“${answer}” is no number; write one such as 0.25, or a closed form such as 13/35 or √2/2` };
  return Number.isFinite(value) ? { text, number: value, isExact: true } : { refusal: `${answer.trim()} has no value that could be printed` };
}

return { readTyped };

})();
