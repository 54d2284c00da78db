// A network as a plan: plain loops over numbers in rows for its layers, the operations of the graph for what comes behind.
// It knows no document: a worker runs it too. All by places in the graph, whose leaves are given.

import { OPS } from "./operations.js";

/** The layers of a network whose neurons see all that the layer before gives; null where they do not. */
function denseLayers({ neurons, columns }) {
  const of = new Map(neurons.map((each) => [each[0], each])), layers = [];
  let before = null;
  for (const { kind, places } of columns) {
    if (kind !== "layer") continue;
    const members = places.map((place) => of.get(place)), x = members[0][4];
    if (!members.every((each) => each[5] === members[0][5] && each[4].length === x.length && each[4].every((k, i) => k === x[i]))) return null;
    if (before && (x.length !== before.length || x.some((k, i) => k !== before[i]))) return null;
    layers.push({ n: x.length, m: members.length, x, z: members.map((each) => each[1]), a: places, fires: members[0][5], w: members.map((each) => each[3]), b: members.map((each) => each[2]) });
    before = places;
  }
  return layers;
}

/** What computes a network at any inputs, and moves its parameters; null where it is no network of layers. */
export function planOf(graph, network, model) {
  const dense = denseLayers(network), settingsOf = (i) => (graph.settings[i] ?? []).map(Number);
  if (!dense) return null;
  let size = 0;
  const places = [], layers = dense.map((each) => {
    const weights = size, biases = size + each.m * each.n;
    size = biases + each.m;
    places.push(...each.w.flat(), ...each.b);
    const row = each.fires ? OPS[each.fires] : null, settings = settingsOf(each.a[0]);
    return { ...each, weights, biases, row, settings, out: new Float64Array(each.m), slope: new Float64Array(each.m), delta: new Float64Array(each.m), back: new Float64Array(each.n) };
  });
  const inside = new Set(dense.flatMap((each) => [...each.z, ...each.a]));
  const head = headOf(graph, model ? model.targets : [], dense[dense.length - 1].a, inside, settingsOf);
  return { layers, places, size, head, inputs: dense[0].x, targets: model?.targets ?? [] };
}

/** What comes behind the last layer: operations, in their order; those inside a layer are left out, if written out too. */
function headOf(graph, targets, ends, inside, settingsOf) {
  const steps = [], root = graph.ops.length - 1, wanted = new Set([root]);
  for (let i = root; i >= 0; i--) if (wanted.has(i) && !inside.has(i)) graph.parents[i].forEach((k) => wanted.add(k));
  graph.ops.forEach((op, i) => { if (op !== null && wanted.has(i) && !inside.has(i)) steps.push({ i, of: graph.parents[i], row: OPS[op], settings: settingsOf(i) }); });
  return { steps, ends, targets, root, values: graph.data.map((x) => (x === null ? 0 : Number(x))), grads: new Float64Array(root + 1), partials: [] };
}

/** The parameters, in the plan's order, from the leaves of the graph. */
export function thetaOf(plan, leaves) {
  return Float64Array.from(plan.places, (place) => leaves[place]);
}

/** Everything from the inputs on; what each layer gives is in its `out`. */
export function passForward(plan, theta, x) {
  let before = x;
  for (const layer of plan.layers) {
    const { n, m, weights, biases, row, settings, out, slope } = layer;
    layer.before = before;
    for (let j = 0, at = weights; j < m; j++) {
      let z = theta[biases + j];
      for (let k = 0; k < n; k++) z += theta[at++] * before[k];
      if (row === null) { out[j] = z; slope[j] = 1; }
      else {
        const found = row(z, ...settings), partial = found[1][0];
        out[j] = found[0];
        slope[j] = partial === null ? 0 : partial;
      }
    }
    before = out;
  }
  return before;
}

/** The loss behind what the last layer gives, and where a gradient is given room the way back through it. */
function throughHead({ head }, ends, y, back) {
  const { steps, values, grads, partials, root } = head;
  head.ends.forEach((place, k) => (values[place] = ends[k]));
  head.targets.forEach((place, k) => (values[place] = y[k]));
  steps.forEach(({ i, of, row, settings }, s) => { [values[i], partials[s]] = row(...of.map((k) => values[k]), ...settings); });
  if (!back) return values[root];
  grads.fill(0);
  grads[root] = 1;
  for (let s = steps.length - 1; s >= 0; s--) {
    const grad = grads[steps[s].i];
    steps[s].of.forEach((k, slot) => { const partial = partials[s][slot]; if (partial !== null && grad !== 0) grads[k] += partial * grad; });
  }
  head.ends.forEach((place, k) => (back[k] = grads[place]));
  return values[root];
}

/** What the loss of one sample adds to the gradient of every parameter; that loss. */
function passBackward(plan, theta, x, y, gradient) {
  const { layers } = plan, last = layers[layers.length - 1], loss = throughHead(plan, passForward(plan, theta, x), y, last.delta);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { n, m, weights, biases, slope, delta, before, back } = layers[l];
    back.fill(0);
    for (let j = 0, at = weights; j < m; j++) {
      const d = delta[j] * slope[j];
      gradient[biases + j] += d;
      for (let k = 0; k < n; k++, at++) { gradient[at] += d * before[k]; back[k] += theta[at] * d; }
    }
    if (l > 0) layers[l - 1].delta.set(back);
  }
  return loss;
}

/** The mean loss over all samples. */
export function meanLoss(plan, theta, { X, y }) {
  let sum = 0;
  X.forEach((x, i) => (sum += throughHead(plan, passForward(plan, theta, x), y[i], null)));
  return sum / X.length;
}

/** One step of gradient descent on the mean loss: θ is moved; the loss before it. */
export function epochOf(plan, theta, { X, y }, rate) {
  const gradient = (plan.gradient ??= new Float64Array(plan.size)).fill(0);
  let sum = 0;
  for (let i = 0; i < X.length; i++) sum += passBackward(plan, theta, X[i], y[i], gradient);
  for (let i = 0; i < theta.length; i++) theta[i] -= (rate * gradient[i]) / X.length;
  return sum / X.length;
}
