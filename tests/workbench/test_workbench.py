"""The workbench in a real browser: a sheet is written, mended, seen and saved; tabs, changes outside, a plain field."""

import re

import pytest
from outside import PATIENCE

from microgrid.workbench import handler

TYPED = """titel Two inputs
input x1 = 0.5, x2 = 0.1
target y = 1
param w11 = 0.2, w12 = 0.4, b1 = 0,1
param w21 = 0.3, w22 = 0.7, b2 = 0.2
param v1 = 0.6, v2 = 0.9, c = 0.3
z1 = w11*x1 + w12*x2 + b1
z2 = w21*x1 + w22*x2 + b2
a1 = sigmod(z1)
a2 = sigmoid(z2)
z = v1*a1 + v2*a2 + c
ŷ = sigmoid(z)
L = -y*log(ŷ) - (1 - y)*log(1 - ŷ)
z1 ~= 0.25
dL/dw11 ~= -0.0174
"""
MENDED = TYPED.replace("titel", "title").replace("0,1", "0.1").replace("sigmod(", "sigmoid(")
# By the line: what is underlined, what is said of it, and the keys that mend it.
REMEDIES = {
    1: ("titel", "no line begins with 'titel'; did you mean 'title'?", ["Delete"] * 5, "title"),
    4: (
        "1",
        "numbers have a point, and a comma between them: param w11 = 0.2, w12 = 0.4, b1 = 0.1",
        ["Backspace"],
        ".",
    ),
    9: ("sigmod", "no function is called 'sigmod'; did you mean 'sigmoid'?", ["Delete"] * 6, "sigmoid"),
}
SMALL = "param w = 3\nz = w^2\nL = z^2\n"


class Tab:
    """A tab with the workbench, and what it complained about."""

    def __init__(self, context, url):
        self.page = context.new_page()
        self.complaints, self.asked = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self.answer)
        self.page.goto(url)

    def answer(self, dialog):
        self.asked.append(dialog.type)
        dialog.accept()

    def find(self, selector):
        return self.page.locator(selector)

    def until(self, selector, text=None):
        """Wait until something is seen, with that text; the policy of the page forbids to wait inside of it."""
        found = self.find(selector) if text is None else self.find(selector).filter(has_text=text)
        found.first.wait_for()
        return found.first

    def gone(self, selector):
        self.find(selector).first.wait_for(state="hidden")

    def until_true(self, condition):
        for _ in range(20 * PATIENCE):
            if condition():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(condition)

    def end_of(self, line):
        return self.until(f".end[data-line='{line}']").text_content()

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def inside(self):
        return self.page.frame_locator("#frames iframe:not(.coming)")

    def address(self):
        return next(frame for frame in self.page.frames if "/page/" in frame.url).url


@pytest.fixture
def tabs(browser):
    opened = []
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(1000 * PATIENCE)

    def open_tab(url):
        opened.append(Tab(context, url))
        return opened[-1]

    open_tab.context = context
    yield open_tab
    context.close()
    told = r"Failed to load resource: the server responded with a status of (409|412|422) .*|.* net::ERR_(CONNECTION|EMPTY|SOCKET)\w+"
    assert [each for tab in opened for each in tab.complaints if not re.fullmatch(told, each)] == []


def test_a_network_is_written_from_nothing_with_three_mistakes(serve, tabs):
    bench = serve(None)
    tab, path = tabs(bench.url), bench.session.file.path
    assert "new" in tab.until("#state").text_content() and not tab.find("iframe").count()
    tab.find(".cm-content").click()
    tab.page.keyboard.type(TYPED)
    assert tab.until("#mistakes h2", "3 mistakes")
    assert tab.find(".cm-lintRange-error").all_text_contents() == [word for word, *_ in REMEDIES.values()]
    listed = tab.find("#mistakes button").all_text_contents()
    assert listed == [f"line {line}: {why}" for line, (_, why, *_) in REMEDIES.items()]
    for line, (_, why, keys, typed) in REMEDIES.items():
        assert tab.end_of(line) == why
        button = tab.find("#mistakes button").filter(has_text=f"line {line}:")
        button.click()
        assert tab.find("#said").text_content() == why
        for key in keys:
            tab.page.keyboard.press(key)
        tab.page.keyboard.type(typed)
        button.wait_for(state="detached")
    tab.gone("#mistakes")
    assert tab.end_of(7) == "0.24∂L −0.03478" and tab.end_of(4) == "∂L −0.01739  −0.003478  −0.03478"
    assert tab.end_of(14).startswith("✗ slip0.24should be 0.24") and tab.end_of(15).startswith("✓ exact−0.01739")
    tab.inside.locator('[data-value-of="z1"]').wait_for(state="attached")
    assert tab.find("#state").text_content() == "not saved" and not path.exists()
    tab.page.keyboard.press("Control+s")
    assert tab.until("#state", re.compile("^saved$")) and path.read_text(encoding="utf-8") == MENDED
    ends = tab.page.evaluate("""() => [...document.querySelectorAll(".end")].map((each) => {
        const box = each.getBoundingClientRect(), size = parseFloat(getComputedStyle(each).fontSize);
        return [Math.round(box.right), Math.round(box.height), size];
    })""")
    assert len({right for right, _, _ in ends}) == 1 and max(height for _, height, _ in ends) < 30
    assert min(size for _, _, size in ends) >= 12
    room = "() => [document.scrollingElement.scrollHeight - innerHeight, document.scrollingElement.scrollWidth - innerWidth]"
    for width, height in ((1280, 800), (1920, 1080), (390, 844)):
        tab.page.set_viewport_size({"width": width, "height": height})
        assert tab.page.evaluate(room) == [0, 0]


def test_the_page_keeps_its_choice_and_stays_finished_as_the_sheet_grows(serve, tabs):
    tab = tabs(serve(SMALL).url)
    card = tab.inside.locator("[data-card]").filter(has=tab.inside.locator('[data-value-of="z"]'))
    card.locator(".title").click()
    tab.inside.locator("#sheet").click()
    tab.inside.locator("input[data-leaf=w]").fill("4")
    tab.until_true(lambda: tab.address().partition("#")[2] == "end?choice=z&w=4")
    tab.find(".cm-line").nth(0).click()
    tab.page.keyboard.press("Home")
    tab.page.keyboard.type("input k = 2\ny = k^2\n")
    tab.page.keyboard.press("Control+End")
    tab.page.keyboard.type("\b + y*z\n" if tab.find(".cm-line").last.text_content() else "")
    tab.find(".cm-line").nth(4).click()
    tab.page.keyboard.press("End")
    tab.page.keyboard.type(" + y*z")
    assert tab.until(".end[data-line='5']", "117")  # with the numbers of the text
    tab.until_true(lambda: tab.address().partition("#")[2] == "end?choice=z" and tab.find("iframe").count() == 1)
    chosen = tab.inside.locator("[aria-pressed=true]")
    assert chosen.get_attribute("aria-label").startswith("z: data 9, gradient 22")
    assert tab.inside.locator("#play").get_attribute("data-says") == "Replay"
    assert tab.inside.locator("input[data-leaf=k]").is_visible()


def test_the_page_keeps_its_step_and_a_faulty_text_keeps_the_page(serve, tabs):
    bench = serve(SMALL)
    tab = tabs(bench.url)
    tab.inside.get_by_role("button", name="First").wait_for()
    step = tab.inside.locator("#position")
    step.evaluate("(it) => { it.value = 3; it.dispatchEvent(new Event('input', {bubbles: true})); }")
    tab.until_true(lambda: tab.address().endswith("#3"))
    kept = tab.address().partition("#")[2]
    assert kept and step.input_value() == "3"
    tab.find(".cm-line").nth(2).click()
    tab.page.keyboard.press("End")
    tab.page.keyboard.type(" +")
    tab.until("#note", "The text has mistakes")
    assert tab.find("#frames").get_attribute("class") == "dim" and step.input_value() == "3"
    before = tab.address()
    tab.page.keyboard.type(" 2*w")
    assert tab.until(".cm-tooltip-autocomplete li", "w").text_content() == "w3"  # with its number
    tab.gone("#mistakes")
    assert tab.until(".end[data-line='3']", "87")
    tab.until_true(lambda: tab.find("iframe").count() == 1 and tab.address() != before)
    assert tab.address().partition("#")[2] == kept and step.input_value() == "3"
    step.press("Control+s")  # also from within the page
    assert tab.until("#state", re.compile("^saved$")) and bench.session.file.path.read_text() == f"{SMALL[:-1]} + 2*w\n"
    divider, width = tab.find("#divider"), tab.find("#writing").bounding_box()["width"]
    divider.focus()
    tab.page.keyboard.press("ArrowRight")
    assert divider.get_attribute("aria-valuenow") == "47" and tab.find("#writing").bounding_box()["width"] > width
    box = divider.bounding_box()
    tab.page.mouse.move(box["x"] + 4, 300)
    tab.page.mouse.down()
    tab.page.mouse.move(900, 300)  # over the page
    tab.page.mouse.up()
    assert 890 < divider.bounding_box()["x"] < 910
    assert tab.find("#frames").get_attribute("class") == "" and tab.find("#note").text_content() == ""
    tab.page.reload()
    assert tab.end_of(3) and not tab.find("#elsewhere").is_visible()  # the tab that left does not stand in the way


def test_tabs_and_changes_outside(serve, tabs):
    bench = serve(SMALL)
    path, first = bench.session.file.path, tabs(bench.url)
    first.end_of(3)
    first.page.keyboard.type("# first\n")  # the editor has the focus, at the beginning
    first.end_of(4)
    second = tabs(bench.url)
    assert second.until("#elsewhere h2").text_content() == "net.sheet is open in another tab"
    second.button("Take over").click()
    assert second.until(".cm-content").text_content().startswith("# first") and second.end_of(4)
    assert second.find("#state").text_content() == "not saved"
    first.until("#elsewhere h2", "another tab has this sheet")
    first.page.keyboard.press("Control+s")
    assert path.read_text() == SMALL and "# first" in first.find(".cm-content").text_content()

    path.write_text("theirs = 1\n")
    assert second.until("#banner p", "net.sheet was changed outside.")
    second.page.keyboard.press("Control+s")
    second.button("Not now").click()
    assert path.read_text() == "theirs = 1\n"
    second.page.keyboard.press("Control+s")
    second.button("Save mine over it").click()
    assert second.until("#state", re.compile("^saved$")) and path.read_text() == f"# first\n{SMALL}"
    path.write_text("theirs = 2\n")
    second.until("#banner p", "net.sheet was changed outside.")
    second.button("Load theirs").click()
    assert second.until(".cm-line", "theirs = 2")
    second.page.keyboard.press("Control+z")
    assert second.until(".cm-line", "# first")  # nothing is lost
    path.unlink()
    second.until("#banner p", "net.sheet is gone; saving makes it anew.")
    second.button("Keep mine").click()
    second.button("Save").click()
    assert second.until("#state", re.compile("^saved$")) and path.read_text() == f"# first\n{SMALL}"
    second.page.keyboard.type("# more\n")
    path.chmod(0o444)
    second.page.keyboard.press("Control+s")
    assert second.until("#banner p", "read-only, nothing was saved")
    path.chmod(0o644)
    second.page.close(run_before_unload=True)
    first.until_true(second.page.is_closed)
    assert second.asked == ["beforeunload"] and first.asked == []
    first.button("Take over").click()
    first.gone("#elsewhere")
    bench.close()
    first.find(".cm-content").click()
    first.page.keyboard.type("x")
    assert first.until("#banner p", "microgrid edit has ended; the text is still here")


def test_a_foreign_page_gets_nothing(serve, tabs):
    bench = serve(SMALL)
    where = f"{bench.url}open"
    tabs.context.route("http://evil.example/*", lambda route: route.fulfill(
        content_type="text/html", body=f"<title>evil</title><iframe src='{bench.url}'></iframe>"))  # fmt: skip
    evil = tabs.context.new_page()
    evil.goto("http://evil.example/")
    asked = """async ([url, kind]) => {
        const request = {method: "POST", headers: {"Content-Type": kind}, body: '{"tab": "evil", "take": true}'};
        const answer = (mode) => fetch(url, {...request, mode}).then((found) => found.text(), () => "refused");
        return [await answer("cors"), await answer("no-cors")];
    }"""
    for kind in ("application/json", "text/plain"):
        assert evil.evaluate(asked, [where, kind]) == ["refused", "refused"]
    assert bench.session.tab == "" and [frame.title() for frame in evil.frames[1:]] != ["net.sheet · microgrid"]


def test_where_the_bundle_is_missing_there_is_a_plain_field(serve, tabs, monkeypatch):
    whole = handler.asset
    monkeypatch.setattr(handler, "asset", lambda name: None if name == handler.BUNDLE else whole(name))
    bench = serve("param w = 3\nz = w^2\nL = sigmod(z)\n")
    tab = tabs(bench.url)
    assert tab.until("#mistakes h2", "1 mistake") and tab.find(".behind u").all_text_contents() == ["sigmod"]
    assert tab.end_of(3) == "no function is called 'sigmod'; did you mean 'sigmoid'?"
    tab.find("#mistakes button").click()
    for _ in "sigmod":
        tab.page.keyboard.press("Delete")
    tab.page.keyboard.type("sigmoid")
    tab.gone("#mistakes")
    assert tab.end_of(2).startswith("9∂L")
    tab.inside.locator('[data-value-of="z"]').wait_for(state="attached")
    tab.page.keyboard.press("Control+s")
    assert tab.until("#state", re.compile("^saved$"))
    assert bench.session.file.path.read_text() == "param w = 3\nz = w^2\nL = sigmoid(z)\n"
