// What is drawn another way than as cards where Graphviz has placed them: networks, and what is folded.
// Other modules know these by this one alone; a page that has nothing of them has another one of this name, without them.

import { data } from "./data.js";
import { isNetwork } from "./netgraph.js";
import { drawNetwork, showNetwork } from "./network.js";
import { drawFolds, showFolds } from "./folds.js";
import { flowAlong } from "./edges.js";
import { listenToNetwork } from "./lens.js";
import { listPlane, listenToPlane } from "./plane.js";
import { listenToEpochs } from "./epochs.js";

export const drawApart = () => (isNetwork() ? drawNetwork() : drawFolds());
export const showApart = (follows) => (isNetwork() ? showNetwork(follows) : showFolds(follows));

/** The step in motion. */
export const moveApart = async () => { if (isNetwork()) await flowAlong(); };

/** What such levels need when the page opens. */
export function openApart() {
  listPlane();
  listenToNetwork();
  if (data.model) listenToEpochs();
  listenToPlane();
}
