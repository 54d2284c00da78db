// What happens when the page opens, and who follows whom.

import { data, PARAMETERS } from "./data.js";
import { format } from "./numbers.js";
import { go, listen, recompute, state, turnTo } from "./state.js";
import { finished } from "./stops.js";
import { drawStage, showStage } from "./stage.js";
import { listenToPointers } from "./camera.js";
import { listenToTransport, showTransport } from "./transport.js";
import { listLeaves, showLeaves } from "./leaves.js";
import { followSample, listSamples } from "./samples.js";
import { drawCurve, listenToLearning } from "./learning.js";
import { listPublished } from "./published.js";
import { showChosen } from "./chosen.js";
import { flash } from "./flash.js";
import { listenToTutor } from "./lesson.js";
import { follow, listenToAddress } from "./address.js";
import { openApart } from "./apart.js";
import { listenToTerms } from "./terms.js";
import { listenToOutside } from "./embed.js";
import { element } from "./svg.js";

function choices() {
  element("level").append(...data.levels.map((each, i) => new Option(each.words || each.level, String(i), false, each === state.level)));
  element("levels").hidden = data.levels.length === 1;
  element("level").addEventListener("change", (event) => turnTo(data.levels[event.target.value]));
  element("digits").addEventListener("change", (event) => {
    format.digits = Number(event.target.value);
    for (const show of [showStage, showTransport, showLeaves, showChosen]) show();
  });
  element("sheet").addEventListener("click", () => {
    const open = document.body.classList.toggle("sheet-open");
    element("sheet").setAttribute("aria-expanded", String(open));
  });
  if (data.rules[0]?.rate) element("rate").value = String(data.rules[0].rate);
  element("learning").hidden = !PARAMETERS.length;
}

element("live").hidden = false;
recompute();
listLeaves();
listPublished();
choices();
listSamples();
listen("level", () => (element("level").value = String(data.levels.indexOf(state.level))));
listen("position", (from) => { if (from !== state.position) followSample(); showStage(); });
listen("numbers", (isEdit) => flash(() => showStage(false), isEdit));
listenToPointers();
listenToTransport();
if (!data.model) listenToLearning();
listenToAddress();
listenToTutor();
listenToTerms();
openApart();
drawStage();
if (!data.model) drawCurve();
showChosen();
state.position = finished(data.round - 1); // opens finished, at the sample asked for
if (!follow(location.hash)) go(state.position);
listenToOutside();
