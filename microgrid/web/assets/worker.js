// Training in a worker, which runs the page's own script without its document: epoch after epoch until it is told to stop.

import { epochOf, planOf } from "./plan.js";

const CHUNK = 12, MOST_WAITING = 3; // milliseconds of epochs a message; messages that nobody has seen yet

/** Answer messages: {graph, network, model, theta, rate, stride} begins, {seen} asks for more, {stop} ends. */
export function serve() {
  let plan = null, job = null, waiting = 0, timer = 0;
  const tell_ = (message) => /** @type {any} */ (globalThis).postMessage(message);
  const chunk = () => {
    timer = 0;
    if (!job) return;
    const begun = performance.now(), losses = [], kept = [];
    while (performance.now() - begun < CHUNK && losses.length < 200) {
      losses.push(epochOf(plan, job.theta, job.model, job.rate));
      kept.push(Float64Array.from(job.theta));
      if (!Number.isFinite(losses[losses.length - 1])) { job.over = true; break; }
    }
    tell_({ losses, kept, over: job.over ?? false });
    if (job.over) job = null;
    else if (++waiting < MOST_WAITING) timer = /** @type {any} */ (setTimeout(chunk, 0));
  };
  globalThis.onmessage = ({ data: asked }) => {
    if (asked.graph) plan = planOf(asked.graph, asked.network, asked.model);
    if (asked.theta) { job = { theta: asked.theta, model: asked.model, rate: asked.rate }; waiting = 0; if (!timer) chunk(); }
    if (asked.stop) { job = null; tell_({ stopped: true }); }
    if (asked.seen) { waiting = Math.max(0, waiting - 1); if (job && !timer && waiting < MOST_WAITING) timer = /** @type {any} */ (setTimeout(chunk, 0)); }
  };
}
