"""Pages full of labels, in the browser: what is shown is text; nothing of it runs, loads or becomes an element."""

from __future__ import annotations

import shutil
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from outside import SWITCHES

from microgrid import Value, draw, page

from .inputs import drawn
from .running import Finding, Tally

__all__ = ["judged", "pages"]

HARMLESS = ["w", "x1", "a long name of several words", "ŷ", "n" * 60, "b", "", "2", "h_2", "a.b", "L", "dz"]
USUAL: set[str] = set()
# What the page is made of: each kind of element with the attributes that it has somewhere.
ELEMENTS = """() => {
    const found = new Set();
    for (const each of document.querySelectorAll("*"))
        for (const name of ["", ...each.getAttributeNames()]) found.add(each.localName + " " + name);
    return [...found, "script × " + document.scripts.length, "owned " + (typeof owned)];
}"""


def network(labels: Sequence[str]) -> Value:
    """A graph in which each label is the name of something: a leaf, a quantity, the loss."""
    given = iter(labels)
    leaves = [Value(0.5 + 0.1 * i, label=next(given), role=role) for i, role in enumerate(["parameter", "input"] * 5)]
    total, found = leaves[0], []
    for weight, leaf in zip(leaves[::2], leaves[1::2]):
        total = total + (weight * leaf).tanh()
        found.append(total)
    for node, label in zip(found, given):
        node.label = label
    loss = (total - 1.0) ** 2 + leaves[0].sigmoid() * leaves[3]
    loss.label = next(given)
    loss.backward()
    return loss


def shown(browser: Any, path: Path, labels: Sequence[str]) -> tuple[set[str], list[str]]:
    """The elements of the page, and what it complained about while it was used."""
    made = page(network(labels), title=labels[-1])
    made.save(path)
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    said: list[str] = []
    try:
        tab = context.new_page()
        tab.set_default_timeout(20_000)
        tab.on("console", lambda message: said.append(f"console: {message.text}"))
        tab.on("pageerror", lambda error: said.append(f"error: {error}"))
        tab.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
        tab.on(
            "request",
            lambda request: request.url.startswith(("file:", "blob:")) or said.append(f"asks for {request.url}"),
        )
        tab.goto(f"file://{path}")
        tab.keyboard.press("End")
        elements = set(tab.evaluate(ELEMENTS))
        tab.locator("input[data-leaf]").nth(1).fill("0.75")
        tab.locator("[data-card]").first.focus()
        tab.keyboard.press("Enter")
        tab.get_by_role("button", name="Apply update", exact=True).click()
        elements |= set(tab.evaluate(ELEMENTS))
        if (count := tab.locator("input[data-leaf]").count()) != 10:
            said.append(f"{count} leaves can be edited, not 10")
    finally:
        context.close()
    return elements, said


def judged(browser: Any, folder: Path, found: Sequence[str]) -> list[str]:
    """What is wrong with a page of these labels, and with their picture."""
    if not USUAL:
        USUAL.update(shown(browser, folder / "usual.html", (HARMLESS * 2)[: len(found)])[0])
    elements, said = shown(browser, folder / "labels.html", found)
    said += [f"an element of its own: {each}" for each in sorted(elements - USUAL)]
    tags = {each.tag for each in ET.fromstring(draw(network(found)).pipe("svg")).iter()}
    allowed = {each.tag for each in ET.fromstring(draw(network((HARMLESS * 2)[: len(found)])).pipe("svg")).iter()}
    return said + [f"in the picture: {each}" for each in sorted(map(str, tags - allowed))]


@contextmanager
def browser():
    """Chromium, where no test has one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES.split())
        yield found
        found.close()


def pages(seed: int, first: int, count: int) -> Tally:
    """Some pages in a browser of their own."""
    findings = []
    with browser() as chromium, tempfile.TemporaryDirectory() as folder:
        for number in range(first, first + count):
            found = drawn("labels", seed, number)
            try:
                said = judged(chromium, Path(folder), found)
            except Exception as problem:
                said = [f"{type(problem).__name__}: {problem}"]
            if said:
                findings.append(Finding("labels", found, f"answer: {'; '.join(said)[:600]}"))
    return Tally(count, findings, [])
