// The live page beside the editor: the next one takes the place of the last once it is there, where that one stood.

export const MAKING = "The page is being made …";

/** Let the panel of numbers be open, and scrolled, as it was. */
function unfold(before, now) {
  const panels = [before, now].map((page) => page.getElementById("panels"));
  if (before.body.classList.contains("sheet-open")) now.getElementById("sheet").click();
  panels[1].scrollTop = panels[0].scrollTop;
}

/** The frames of the live page, in a place of the workbench.
 *
 *  note  where it is said why there is no page, or an old one
 *  keys  hears of the keys that are pressed in the page
 */
export class LivePage {
  constructor(place, note, keys) {
    Object.assign(this, { place, note, keys, frame: null, coming: null, number: 0 });
  }

  /** Show the page of that number. */
  show(number) {
    if (this.frame) this.say("");
    if (number === this.number) return;
    this.number = number;
    this.coming?.remove();
    const next = document.createElement("iframe"), from = this.address();
    next.title = "Live page";
    next.className = "coming";
    next.src = `page/${number}${from}`;
    next.addEventListener("load", () => this.arrived(next, from), { once: true });
    this.coming = next;
    this.place.append(next);
  }

  /** The step, the level and the choice, behind the # of its address; numbers are those of the text. */
  address() {
    const [place, query] = (this.frame?.contentWindow?.location.hash ?? "").split("?"), choice = new URLSearchParams(query).get("choice");
    return choice ? `${place}?${new URLSearchParams({ choice })}` : place;
  }

  arrived(next, from) {
    if (next !== this.coming) return;
    const before = this.frame, now = this.address(), inside = next.contentWindow;
    if (before && now !== from) inside.location.hash = now; // it went on meanwhile
    if (before) unfold(before.contentWindow.document, inside.document);
    inside.addEventListener("keydown", this.keys);
    const hadFocus = document.activeElement === before;
    next.className = "";
    before?.remove();
    if (before && hadFocus) next.focus();
    this.frame = next;
    this.coming = null;
    if (this.note.textContent === MAKING) this.say("");
  }

  /** Say why the page is not that of the text; "" where it is. */
  say(why) {
    this.note.textContent = why;
    this.place.classList.toggle("dim", Boolean(why));
  }
}
