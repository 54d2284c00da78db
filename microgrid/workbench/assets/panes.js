// The divider between the editor and the page: dragged, or moved with the arrow keys.

const LEAST = 15, MOST = 85, STEP = 2; // percent

/** Let a divider share out its parent. */
export function divide(divider) {
  const panes = divider.parentElement;
  const isStacked = () => getComputedStyle(panes).flexDirection === "column";
  const give = (share) => {
    const kept = Math.round(Math.max(LEAST, Math.min(MOST, share)) * 10) / 10;
    panes.style.setProperty("--share", `${kept}%`);
    divider.setAttribute("aria-valuenow", String(Math.round(kept)));
  };
  const turn = () => divider.setAttribute("aria-orientation", isStacked() ? "horizontal" : "vertical");
  divider.addEventListener("pointerdown", (event) => {
    divider.setPointerCapture(event.pointerId);
    panes.classList.add("dragged"); // the page must not take the pointer
    event.preventDefault();
  });
  divider.addEventListener("pointermove", (event) => {
    if (!divider.hasPointerCapture(event.pointerId)) return;
    const { left, top, width, height } = panes.getBoundingClientRect();
    give(isStacked() ? ((event.clientY - top) / height) * 100 : ((event.clientX - left) / width) * 100);
  });
  divider.addEventListener("lostpointercapture", () => panes.classList.remove("dragged"));
  divider.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    const now = Number(divider.getAttribute("aria-valuenow"));
    if (way) give(now + way * STEP);
    else if (event.key === "Home") give(LEAST);
    else if (event.key === "End") give(MOST);
    else return;
    event.preventDefault();
  });
  addEventListener("resize", turn);
  turn();
}
