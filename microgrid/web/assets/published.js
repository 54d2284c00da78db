// What the source printed, beside what the page computes.

import { data } from "./data.js";
import { listen, state } from "./state.js";
import { element, html } from "./svg.js";

/** A verdict with its mark. */
const marked = (verdict) => `${data.verdicts[verdict].mark} ${verdict}`;

export function listPublished() {
  const table = element("published").querySelector("table"), section = element("published");
  section.hidden = !data.answers.length;
  for (const each of data.answers) {
    const row = table.insertRow(), verdict = html("b"), why = html("small");
    row.className = data.verdicts[each.verdict].counts;
    row.insertCell().textContent = `${each.shown}${data.rules.length && each.round > 1 ? ` (round ${each.round})` : ""}`;
    row.insertCell().textContent = each.says;
    verdict.textContent = marked(each.verdict);
    why.textContent = each.why;
    row.insertCell().append(verdict);
    row.insertCell().append(why);
  }
}

/** The published number that a step has found: what to say of it, and how it counts. */
export function publishedOf(step) {
  const { level } = state, name = (i) => level.names[i], loss = name(level.names.length - 1);
  const asked = { forward: () => name(step.node), complete: () => `d${loss}/d${name(step.node)}`, update: () => step.name ?? name(step.node),
    backward: () => `d${name(step.child)}/d${name(step.node)}` }[step.kind]?.();
  const wanted = step.kind === "backward" && isLast(step) ? [`d${loss}/d${name(step.node)}`, asked] : [asked];
  const round = step.r + (step.kind === "update" ? 2 : 1);
  const found = !state.touched && wanted.map((quantity) => data.answers.find((each) => each.quantity === quantity && each.printed !== "?" && each.round === round)).find(Boolean);
  if (!found) return null;
  return { counts: data.verdicts[found.verdict].counts, text: `published ${found.shown} = ${found.says}: ${marked(found.verdict)}${found.why ? `, ${found.why}` : ""}` };
}

/** Whether a share completes a gradient. */
function isLast(step) {
  const [child, slot] = state.level.usesBy[step.node].at(-1) ?? [];
  return child === step.child && slot === step.slot;
}

listen("numbers", () => (element("stale").hidden = !state.touched));
