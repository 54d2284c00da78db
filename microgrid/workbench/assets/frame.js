// The live page beside the editor: the next one takes the place of the last once it is there, where that one stood.

export const MAKING = "The page is being made …";

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

  /** The step, the level and what else the page writes behind the # of its address. */
  address() {
    return this.frame?.contentWindow?.location.hash ?? "";
  }

  arrived(next, from) {
    if (next !== this.coming) return;
    const before = this.frame, now = this.address(), inside = next.contentWindow;
    if (before && now !== from) inside.location.hash = now; // it went on meanwhile
    if (before) inside.scrollTo(before.contentWindow.scrollX, before.contentWindow.scrollY);
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
