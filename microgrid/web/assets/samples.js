// Of a sheet with samples one is shown at a time: a person turns to it, and the step does.

import { data } from "./data.js";
import { placeCards, sampleOf } from "./levels.js";
import { state, stepTo, tell } from "./state.js";
import { nameCells, showStage } from "./stage.js";
import { element } from "./svg.js";

export function listSamples() {
  const count = Math.max(...data.levels.map((each) => each.samples?.length ?? 1));
  element("samples").hidden = count < 2;
  element("sample").append(...Array.from({ length: count }, (_, k) => new Option(`${k + 1} of ${count}`, String(k), false, k === state.sample)));
  element("sample").addEventListener("change", (event) => { turnToSample(Number(event.target.value)); showStage(false); });
}

/** The sample of the step, where that is another. */
export const followSample = () => followStep(stepTo(state.position));

export function followStep(step) {
  const own = [step?.node, step?.child].filter((node) => node >= 0).map((node) => sampleOf(state.level, state.level.nodes[node])).find((k) => k >= 0);
  if (own !== undefined && own !== state.sample) turnToSample(own);
}

function turnToSample(k) {
  state.sample = k;
  element("sample").value = String(k);
  data.levels.forEach((each) => placeCards(each, k));
  nameCells();
  tell("sample");
}
