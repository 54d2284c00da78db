// Numbers and sentences as tape/wording.py writes them.

export const format = { digits: 4 };

/** Size to so many significant digits, as an exponential; of two that are equally near the even one, as Python rounds. */
function rounded(size, figures) {
  const [mantissa, power] = size.toExponential(100).split("e"), all = mantissa.replace(".", "");
  const isTie = /^50*$/.test(all.slice(figures)) && all[figures - 1] % 2 === 0;
  return isTie ? `${all[0]}.${all.slice(1, figures)}e${power}` : size.toExponential(figures - 1);
}

/** A number to so many significant digits, whole ones without a point, with a real minus; – for none yet. */
export function shown(x, figures = format.digits) {
  if (x === null) return "–";
  if (Number.isNaN(x)) return "NaN";
  const sign = x < 0 ? "−" : "", size = Math.abs(x), all = figures >= 17; // 17 are all that a double has
  if (size === Infinity) return sign + "∞";
  if (Number.isInteger(size) && size < 10 ** (all ? 16 : Math.max(figures, 6))) return sign + size;
  const text = all ? size.toExponential() : rounded(size, figures), [mantissa, power] = text.split("e");
  if (power >= -4 && power < (all ? 16 : figures)) return sign + Number(text);
  if (power > 0 && power < 7 && !all) return sign + Number(rounded(size, 1 + Math.floor(Math.log10(size))));
  return `${sign}${all ? mantissa : Number(mantissa)}e${Number(power)}`.replace("e-", "e−");
}

/**
 * One number, or the smallest and the largest of several; in words, and in full.
 * @returns {[string, string]}
 */
export function spread(numbers, figures = format.digits) {
  if (numbers.length === 1) return [shown(numbers[0], figures), String(numbers[0])];
  const ends = numbers.some(Number.isNaN) ? [NaN] : [Math.min(...numbers), Math.max(...numbers)];
  return [[...new Set(ends.map((x) => shown(x, figures)))].join(" … "), ends.join(" ")];
}

const MARK = /\ue000([^\ue001]*)\ue001/g, ALONE = "=(←,:{", RAISED = "^⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A sentence with its numbers; a negative one in parentheses where it needs them. */
export function filled(template, number) {
  const put = (side) => side.replace(MARK, (whole, what, at) => {
    const x = shown(number(what)), before = side.slice(0, at).trimEnd().slice(-1), after = side[at + whole.length];
    const raised = after && RAISED.includes(after), bare = !raised && (!before || ALONE.includes(before) || /\p{L}/u.test(before));
    return (x[0] === "−" && !bare) || (raised && x.includes("e")) ? `(${x})` : x;
  });
  const found = [];
  for (const side of template.split(" = ")) { // the same number again says nothing
    const text = put(side);
    if (text !== found[found.length - 1] || text === side) found.push(text);
  }
  return found.join(" = ");
}

/** A name as a part of a formula. */
export const bracketed = (name) => (name.includes(" ") ? `(${name})` : name);

/** The root mean square. */
export const rms = (numbers) => Math.sqrt(numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length);
