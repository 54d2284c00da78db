// In a frame: what holds the page says its theme and may change numbers; it is told of changed numbers and of the place.
// { microgrid: "theme", theme: "dark" }   { microgrid: "numbers", numbers: { w1: 0.5 } }   { microgrid: "place", place: "#7" }

import { graph } from "./data.js";
import { address, follow } from "./address.js";
import { change, listen, state } from "./state.js";

const outside = globalThis.parent;
let isTold = false; // what comes from outside is not sent back

const DOES = {
  theme: ({ theme }) => { if (["light", "dark"].includes(theme)) document.documentElement.dataset.theme = theme; },
  place: ({ place }) => follow(String(place)),
  numbers({ numbers }) {
    const places = new Map(graph.editable.map((place) => [graph.names[place], place]));
    const edits = Object.entries(numbers ?? {}).filter(([name, x]) => places.has(name) && Number.isFinite(x)).map(([name, x]) => [places.get(name), x]);
    isTold = true;
    if (edits.length) change(edits);
    isTold = false;
  },
};

/** The numbers of all leaves, by their names. */
const numbersNow = () => Object.fromEntries(graph.editable.map((place) => [graph.names[place], state.leaves[place]]));

export function listenToOutside() {
  if (!outside || outside === globalThis.window) return;
  addEventListener("message", ({ source, data: said }) => { if (source === outside && said && Object.hasOwn(DOES, said.microgrid)) DOES[said.microgrid](said); });
  const send = (message) => outside.postMessage(message, "*");
  listen("numbers", () => { if (!isTold) send({ microgrid: "numbers", numbers: numbersNow() }); });
  for (const what of ["position", "level", "choice"]) listen(what, () => send({ microgrid: "place", place: address() }));
  send({ microgrid: "ready" });
}
