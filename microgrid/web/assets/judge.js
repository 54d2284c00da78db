// The verdict on an answer, as answers/verdicts.py has it: of the true value, and of where working by hand
// leads, which answers/quiz.py has found out beforehand.

import { readTyped } from "./typed.js";

export const { judge, mistake, saysEnough } = (() => {

const ROUGH = 0.05, NEARLY = 0.25, ALMOST = 1e-9; // of a number, of a span, of a unit: as there
const FEW = 3, MOST = 10, SHARE = 0.01; // units, and a share of a number
const SURE = 3, BY_HAND = 9; // digits
const SAME = 1e-12, SMALLEST = 1e-15, ALL = 17; // of a closed form: as answers/printed.py has it

/** A number as it was typed: its last digit sets the unit; a closed form has all digits. */
function printed(text) {
  const { text: plain, number, isExact } = readTyped(text);
  if (isExact) return { number, unit: Math.max(SAME * Math.abs(number), SMALLEST), decimals: ALL, significant: ALL, isExact };
  const [, whole, fraction, power] = /^[-+]?(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(plain);
  const exponent = Number(power ?? 0) - fraction.length, digits = (whole + fraction).replace(/^0+/, "");
  return { number, isExact, unit: Number(`1e${exponent}`), decimals: Math.max(0, -exponent), significant: digits.length };
}

const ulp = (x) => (x ? 2 ** (Math.max(Math.floor(Math.log2(x)), -1022) - 52) : 5e-324);
const noise = (p, x) => Math.max(4 * ulp(Math.max(Math.abs(x), Math.abs(p.number))), ALMOST * p.unit);
const rounds = (p, x) => Math.abs(x - p.number) <= p.unit / 2 + noise(p, x);
const unitsOff = (p, x) => Math.max(0, Math.abs(p.number - x) - noise(p, x)) / p.unit;
const hasSign = (p, x) => x === 0 || Math.sign(p.number) === Math.sign(x);

function truncates(p, x) {
  const beyond = Math.abs(x) - Math.abs(p.number);
  return (p.number === 0 || x < 0 === p.number < 0) && -noise(p, x) <= beyond && beyond < p.unit - noise(p, x);
}

/** Whether a number from `low` to `high` is typed like this, rounded or cut off. */
function liesIn(p, low, high, cuts) {
  const least = noise(p, Math.max(Math.abs(low), Math.abs(high)));
  const [below, above] = !cuts ? [p.unit / 2 + least, p.unit / 2 + least] : p.number >= 0 ? [p.unit - least, least] : [least, p.unit - least];
  return low - below <= p.number && p.number <= high + above;
}

const isFloat32 = (p) => (p.significant >= 7 && p.significant <= 9) || (p.significant > 9 && Math.fround(p.number) === p.number);

/** Whether the rounding error of a program explains an answer: "exact" for doubles, "rounding" for float32. */
function byProgram(p, x, scatter) {
  /** @type {[string, boolean, number][]} */
  const machines = [["exact", p.significant >= 15, 2 ** -53], ["rounding", isFloat32(p), 2 ** -24]];
  const found = machines.findIndex(([, fits, epsilon], i) => fits && Math.abs(p.number - x) <= 4 * scatter[i] + Math.abs(x) * epsilon + p.unit / 2);
  return found < 0 ? "" : machines[found][0];
}

/** What working by hand says: "rounding", "close" or "". */
function byHand(p, x, spans) {
  let isGiven = false, isNearly = false, beside = Infinity;
  const tried = p.significant > BY_HAND ? [] : [[0, p.decimals], [1, Math.max(p.significant, SURE)]];
  for (const [significant, digits] of tried) {
    for (const [, , cuts, ...results] of spans.filter((each) => each[0] === significant && each[1] === digits)) {
      const low = results[0], high = results.at(-1), explains = liesIn(p, low, high, cuts);
      const gives = results.some((each) => liesIn(p, each, each, cuts)), room = Math.min(NEARLY * (high - low), FEW * p.unit);
      if (gives && unitsOff(p, x) <= FEW && hasSign(p, x)) return "rounding";
      isGiven ||= gives;
      isNearly ||= explains || (room > noise(p, high) && liesIn(p, low - room, high + room, false));
      beside = Math.min(beside, ...results.map((each) => unitsOff(p, each)));
    }
  }
  if (p.number * x <= 0 || !(isGiven || isNearly)) return "";
  const room = Math.max(MOST, (SHARE * Math.abs(x)) / p.unit);
  return isGiven || unitsOff(p, x) <= room || beside <= FEW ? "close" : "";
}

/** Whether an answer says enough: 0.00 has no digit of 0.003, and 2 is no more than near 1.5. */
function saysEnough(text, x) {
  const p = printed(text), error = x ? Math.abs((x - p.number) / x) : 0;
  return error <= (rounds(p, x) ? ROUGH : 2 * ROUGH);
}

/** The verdict on an answer, typed as text, of which the true value is x. */
function judge(text, x, known) {
  const p = printed(text);
  if (!Number.isFinite(x)) return "undefined";
  if (known && Math.abs(x) <= FEW * known.scatter[0]) x = 0;
  const isPlainZero = p.number === 0 && p.decimals === 0 && x !== 0; // 0 for what is not
  if (rounds(p, x) && !isPlainZero) return saysEnough(text, x) ? "exact" : "close";
  if (p.isExact) return "slip"; // no rounding explains it
  if (truncates(p, x) && p.number !== 0) return saysEnough(text, x) ? "rounding" : "close";
  return (known && (byProgram(p, x, known.scatter) || byHand(p, x, known.spans))) || "slip";
}

/** What a wrong answer might be instead. */
function mistake(text, known) {
  const p = printed(text);
  const fits = (number) => rounds(p, number) || (!p.isExact && truncates(p, number));
  const found = known?.edits.find(([number, , certain]) => p.significant >= (certain ? 1 : SURE) && fits(number));
  return found ? found[1] : "";
}

return { judge, mistake, saysEnough };

})();
