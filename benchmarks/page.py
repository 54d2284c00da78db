"""How long a person waits for a live page: to write it, to open it, to take a step.

    python -m pip install -e ".[test]" && python benchmarks/page.py

The browser is a headless Chromium without a graphics card. A step is timed from the key to the
frame that shows it, and a screen shows 60 frames a second at most; the work of a step is the time
it takes without waiting for the screen.
"""

from __future__ import annotations

import platform
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from microgrid import Sheet, nn
from microgrid.web import page
from microgrid.web.document import Page

SHEET = Path(__file__).parents[1] / "demos" / "two_input_sigmoid.sheet"
SWITCHES = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --no-first-run"
ROUNDS = 5

STEPS = """async (work) => {
    const slider = document.getElementById("position"), count = Math.min(200, Number(slider.max));
    document.getElementById("first").click();
    const start = performance.now();
    for (let i = 0; i < count; i++) {
        document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true}));
        if (work) document.getElementById("stage").getBoundingClientRect();
        else await new Promise(requestAnimationFrame);
    }
    return (performance.now() - start) / count;
}"""


def subjects() -> Iterator[tuple[str, Any, str | None]]:
    yield "two-input sigmoid network, named", Sheet.read(SHEET).run(), None
    random.seed(1)
    loss = (nn.MLP(2, [16, 16, 1])([1.0, -2.0]) - 1) ** 2
    loss.label = "L"
    yield "MLP(2, [16, 16, 1]), neurons", loss, "neuron"


def opened(browser: Browser, made: Page, folder: Path) -> tuple[float, float, float]:
    """Seconds until the page can be used, and milliseconds a step: to the frame, and of work."""
    path = folder / "page.html"
    made.save(path)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    tab = context.new_page()
    start = time.perf_counter()
    tab.goto(path.as_uri())
    tab.locator("#live").wait_for(state="visible")
    seconds = time.perf_counter() - start
    frame, work = tab.evaluate(STEPS, False), tab.evaluate(STEPS, True)
    context.close()
    return seconds, frame, work


def main() -> None:
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}; medians of {ROUNDS}\n"
    )
    print(f"{'page':<34}{'KB':>6}{'write s':>9}{'open s':>8}{'ms a step':>11}{'of it work':>12}{'steps a s':>11}")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES.split())
        for name, target, level in subjects():
            start = time.perf_counter()
            made = page(target, level)
            size = len(made.html.encode()) / 1000
            written = time.perf_counter() - start
            found = zip(*(opened(browser, made, Path(folder)) for _ in range(ROUNDS)))
            seconds, frame, work = map(statistics.median, found)
            print(
                f"{name:<34}{size:>6.0f}{written:>9.2f}{seconds:>8.2f}{frame:>11.1f}{work:>12.1f}{1000 / frame:>11.0f}"
            )
        browser.close()


if __name__ == "__main__":
    main()
