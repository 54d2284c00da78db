"""Live pages in a real browser, opened from a file with the network off."""

import math
import re

from outside import PATIENCE

from microgrid.tape import Cursor
from microgrid.web.packing import inflated

__all__ = ["Opened", "agrees", "close", "held", "stops"]


# Every number that the page shows, in full, at the position where it is.
NUMBERS = """() => {
    const found = {data: [], grad: []};
    for (const [kind, name] of [["data", "valueOf"], ["grad", "gradOf"]])
        for (const each of document.querySelectorAll(`[data-${kind === "data" ? "value" : "grad"}-of]`))
            found[kind].push([each.dataset[name], each.dataset.exact ?? null]);
    return found;
}"""


def held(html):
    """The data of a page, as JSON."""
    return inflated(re.search(r'id="tape">(.*?)</script>', html, re.DOTALL)[1])


class Opened:
    """A page in a tab, and all that it complained about."""

    def __init__(self, browser, made, path, fragment="", **settings):
        made.save(path)
        self.context = browser.new_context(offline=True, **{"viewport": {"width": 1280, "height": 900}, **settings})
        self.context.set_default_timeout(1000 * PATIENCE)
        self.tab = self.context.new_page()
        self.complaints = []
        self.tab.on("console", lambda message: self.complaints.append(message.text))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on(
            "request", lambda request: request.url.startswith(("file:", "blob:")) or self.complaints.append(request.url)
        )
        self.tab.goto(f"file://{path}{fragment}")

    def at(self):
        return int(self.tab.locator("#position").input_value())

    def go(self, position):
        self.tab.locator("#position").evaluate(
            "(slider, to) => { slider.value = to; slider.dispatchEvent(new Event('input', {bubbles: true})); }",
            position,
        )

    def press(self, name):
        self.tab.get_by_role("button", name=name, exact=True).click()

    def message(self):
        return self.tab.locator("#message").text_content()

    def numbers(self):
        return {kind: dict(pairs) for kind, pairs in self.tab.evaluate(NUMBERS).items()}

    def until(self, condition):
        """Wait for a condition; the page's own policy forbids to wait inside it."""
        for _ in range(40 * PATIENCE):
            if self.tab.evaluate(condition):
                return
            self.tab.wait_for_timeout(25)
        raise AssertionError(condition)

    def settle(self):
        """Wait until the page has taken in what was done to its window: two frames later."""
        self.tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def value(self, name):
        return float(self.numbers()["data"][name])


def stops(tape):
    """Where the page stops: behind each event, and behind what it has completed."""
    ends = tape.events.ends if len(tape.events.ends) < len(tape) else range(1, len(tape) + 1)
    found = [0]
    for end in ends:
        event = tape[found[-1] : end]
        if len(found) > 1 and all(step.kind == "complete" for step in event):
            found[-1] = end
        else:
            found.append(end)
    return found


def close(one, other, scale=0.0):
    """Equal to 1e-12, of a scale where terms cancel."""
    one, other = float(one), float(other)
    return (
        one == other
        or (math.isnan(one) and math.isnan(other))
        or math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12 * scale)
    )


def agrees(tab, tape, position, scale=0.0):
    """The page shows what the tape holds, and nothing that is not computed yet."""
    cursor, found = Cursor(tape, position), tab.numbers()
    for i, name in enumerate(tape.names):
        data, grad = cursor.data[i], cursor.grad[i] if cursor.shares[i] else None
        shown = found["data"][name]
        assert (shown is None) == (data is None), (position, name)
        assert data is None or close(shown, data, scale), (position, name, shown, data)
        if name in found["grad"]:
            assert (found["grad"][name] is None) == (grad is None), (position, name)
            assert grad is None or close(found["grad"][name], grad, scale), (position, name, found["grad"][name], grad)
    return True
