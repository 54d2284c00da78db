// Arithmetic on doubles as formula/floats.py has it, under the same names: what Math lacks or answers
// otherwise; the rest is Math's own. Then the operations of any number of inputs, as formula/ops.py has them.
export const Arithmetic = (() => {
  const { PI, abs, exp, log, log1p, sqrt } = Math;

  // Math.pow says nan to 1 ** nan and to (-1) ** inf, where IEEE 754 says 1.
  const power = (x, n) => (x === 1 || (x === -1 && abs(n) === Infinity) ? 1 : Math.pow(x, n));

  // A nan is the larger and the smaller, and of two equals the second: +0 and -0 are equal.
  const max = (x, y) => (x > y || x !== x ? x : y);
  const min = (x, y) => (x < y || x !== x ? x : y);

  const step = (x) => (x > 0 ? 1 : x <= 0 ? 0 : NaN);
  const sign = (x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : NaN);
  const above = (x, y) => (x > y ? 1 : x < y ? 0 : x === y ? 0.5 : NaN);
  const defined = (x) => (x >= 0 ? abs(x) : NaN);

  // The power of two at |x| or next below it: to divide by it loses nothing. Of inf the largest, of 0 ½.
  const binade = (x) => {
    const size = Math.min(abs(x), Number.MAX_VALUE);
    if (!(size > 0)) return 0.5;
    const found = 2 ** Math.min(1023, Math.max(-1074, Math.floor(Math.log2(size))));
    return found > size ? found / 2 : found <= size / 2 ? found * 2 : found; // log2 is rounded
  };

  // exp(-x²): x² is split so that its rounding is not blown up in the tails.
  const gauss = (x) => {
    if (!(abs(x) < 30)) return x !== x ? NaN : 0;
    const head = Math.round(x * 64) / 64; // 11 bits, so that its square is exact
    return exp(-head * head) * exp((head - x) * (head + x));
  };

  // exp(-x²/2), in the same way.
  const bell = (x) => {
    if (!(abs(x) < 45)) return x !== x ? NaN : 0;
    const head = Math.round(x * 64) / 64;
    const out = exp((-head * head) / 2);
    return out + out * Math.expm1(((head - x) * (head + x)) / 2);
  };

  // Where the condition is not 0, x, else y.
  const where = (condition, x, y) => (condition < 0 || condition > 0 ? x : condition === 0 ? y : NaN);

  // What GELU is made of below 0, as formula/normal.py has it.
  const DENSITY = 0.3989422804014327; // 1/√(2π), and what it lacks
  const DENSITY_REST = -2.49232720227773e-17;
  const TURN = 0.7517915246935645;
  const TURN_REST = -1.4956759177009883e-17;
  const terms = (t) => {
    const ratios = [0];
    for (let n = 1000; n > 0; n--) ratios.push(1 / (t + n * ratios[ratios.length - 1]));
    let b = DENSITY;
    return ratios.reverse().slice(0, 45).map((ratio, n) => (b = n ? b * ratio : b * ratio + DENSITY_REST * ratio));
  };
  const times_t = (t, b) => b.map((each, n) => t * each - (n ? b[n - 1] : 0));
  const SERIES = [[1.3, TURN], [2.9, 2], [4, 4]].map(([end, t]) => [end, t, terms(t), times_t(t, terms(t))]);
  const series = (b, d) => b.reduceRight((out, each) => out * d + each, 0);
  const below = (t) => {
    let out = t;
    for (let k = 40; k > 1; k--) out = t + k / out;
    return 1 / out;
  };
  const gelu_tail = (t) => {
    for (const [end, centre, , b] of SERIES) if (t < end) return series(b, centre - t);
    const rest = below(t);
    return DENSITY + (DENSITY_REST - DENSITY * (rest / (t + rest)));
  };
  const gelu_turn = (t) => {
    const d = TURN - t + TURN_REST;
    if (t < 2) return d * (DENSITY + series(SERIES[0][2].slice(1), d));
    for (const [end, centre, b] of SERIES) if (t < end) return series(b, centre - t) - t * DENSITY;
    return DENSITY / (t + below(t)) - t * DENSITY;
  };

  // Up to 2 Kummer's series, whose terms have one sign; beyond it the continued fraction of 1 - erf.
  const erf = (x) => {
    const size = abs(x);
    if (size > 2) {
      let rest = 0;
      for (let k = 60; k > 0; k--) rest = k / 2 / (size + rest);
      return sign(x) * (1 - gauss(x) / sqrt(PI) / (size + rest));
    }
    let term = x;
    let sum = x;
    for (let k = 3; k < 80; k += 2) sum += term *= (2 * x * x) / k;
    return (2 / sqrt(PI)) * gauss(x) * sum;
  };

  // a · x^n, also where x^n overflows, or loses digits as it is next to 0, and the product does not.
  const scaled_power = (a, x, n) => {
    const whole = power(x, n), out = a * whole;
    if (abs(out) === Infinity && abs(a) < 1) {
      const half = power(x, n / 2);
      return half * a * half;
    }
    if (abs(whole) < 2 ** -1022 && abs(a) > 1 && abs(a) < Infinity) {
      const half = power(abs(x), n / 2), size = half * abs(a) * half;
      return out < 0 || Object.is(out, -0) ? -size : size;
    }
    return out;
  };

  // n · x^(n-1); what rounding n - 1 lost is put back.
  const power_slope = (x, n) => {
    if (n === 0) return 0;
    const m = n - 1;
    const slope = scaled_power(n, x, m);
    const head = m + 1;
    const lost = n - head - (1 - (head - m));
    const rest = lost !== 0 ? power(x, lost) : 1;
    return 0 < abs(slope) && abs(slope) < Infinity ? slope * rest : rest < 0 ? -slope : slope;
  };

  // x^n · log x
  const exponent_slope = (x, n) => {
    if (x === 0) return n >= 0 ? 0 : n < 0 ? -Infinity : NaN;
    return scaled_power(log(x), x, n);
  };

  // A closed branch passes no gradient on, not even an infinite one, and what it alone leads to none either: null
  // times anything is null, and null added to a number is that number.
  const closed = (partial) => (partial === 0 ? null : partial);
  const times = (partial, grad) => (partial === null || grad === null ? null : partial * grad);
  const plus = (sum, share) => (sum === null ? share : share === null ? sum : sum + share);

  // The operations of any number of inputs: [value, local derivatives].
  const total = (x) => x.reduce((sum, each) => sum + each, 0);
  const except = (x, i) => [...x.slice(0, i), ...x.slice(i + 1)];

  const sum = (...x) => [x.reduce((out, each) => out + each), x.map(() => 1)];

  const affine = (...data) => {
    const half = (data.length - 1) / 2;
    const w = data.slice(0, half);
    const x = data.slice(half, -1);
    const bias = data[2 * half];
    return [w.reduce((out, each, i) => out + each * x[i], bias), [...x, ...w, 1]];
  };

  // exp(x - y) for x ≤ y; what rounding x - y lost is put back.
  const exp_of_difference = (x, y) => {
    const d = x - y;
    if (d < -750) return 0;
    const lost = x - (d + (x - d)) + (x - d - y);
    return exp(d) * (1 + lost);
  };

  // exp(x - top) of each, top the largest, or nan if one is: none overflows; inf - inf would be nan.
  const exponentials = (x, top) =>
    x.map((each) => (abs(top) === Infinity ? Number(each === top) : exp_of_difference(each, top)));

  const logsumexp = (...x) => {
    const top = Math.max(...x);
    const powers = exponentials(x, top);
    const all = total(powers);
    const others = total(except(powers, x.indexOf(top)));
    return [top + log1p(others), powers.map((each) => each / all)];
  };

  // The last argument says which of the results, counted from 1.
  const softmax = (...data) => {
    const x = data.slice(0, -1);
    const chosen = data[x.length] - 1;
    const powers = exponentials(x, Math.max(...x));
    const all = total(powers);
    const out = powers[chosen] / all;
    const others = total(except(powers, chosen));
    return [out, powers.map((each, i) => (i === chosen ? out * (others / all) : -out * (each / all)))];
  };

  // Those that are the largest, or the smallest, share the gradient; the others are closed.
  const shared = (out, x) => {
    const tied = x.filter((each) => each === out).length;
    return [out, x.map((each) => (!tied ? NaN : each === out ? 1 / tied : null))];
  };
  const amax = (...x) => shared(x.reduce(max), x);
  const amin = (...x) => shared(x.reduce(min), x);

  const own = { power, max, min, step, sign, above, defined, gauss, erf, power_slope, exponent_slope };
  Object.assign(own, { bell, binade, where, gelu_tail, gelu_turn });
  return Object.assign(Object.create(Math), own, { closed, times, plus, sum, affine, logsumexp, softmax, amax, amin });
})();
