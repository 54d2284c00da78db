"""The parts of the editor that need no browser, in Node."""

import json
import subprocess
from pathlib import Path

from microgrid import workbench
from microgrid.sheet.highlighting import completions

ASSETS = Path(workbench.__file__).parent / "assets"
RUN = """
const {source, given} = JSON.parse(require("fs").readFileSync(0, "utf8"));
import("data:text/javascript," + encodeURIComponent(source)).then((module) => {
    const found = (%s)(module, given);
    console.log(JSON.stringify(found));
});
"""


def in_node(node, asset, function, given):
    """What a function of JavaScript makes of a module and of what it is given."""
    source = (ASSETS / asset).read_text(encoding="utf-8")
    done = subprocess.run(
        [node, "-e", RUN % function], input=json.dumps({"source": source, "given": given}), capture_output=True,
        text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


OFFERED = """({completer}, {texts, words, names}) => texts.map((text) => {
    const at = (pos) => { const from = text.lastIndexOf("\\n", pos - 1) + 1; return {from, text: text.slice(from)}; };
    const matchBefore = (pattern) => {
        const before = text.slice(at(text.length).from), found = new RegExp(pattern.source + "$", "u").exec(before);
        return found && {from: at(text.length).from + found.index};
    };
    const context = {pos: text.length, explicit: false, matchBefore, state: {doc: {lineAt: at}}};
    const found = completer(words, () => names)(context);
    return found && [found.from, found.options.map((each) => each.label)];
})"""


def test_names_and_functions_are_offered_in_formulas_and_keywords_where_a_line_begins(node):
    words, names = completions(), [["w1", "0.5"], ["ŷ", "0.7"]]
    texts = ["z = si", "x = 1\n  up", "L = ŷ", "z = w # si", "title si", "source in a si", "z = ", "a = w1*(w"]
    found = dict(zip(texts, in_node(node, "language.js", OFFERED, {"texts": texts, "words": words, "names": names})))
    keywords, functions = ({word for word, kind, _ in words if kind == each} for each in ("keyword", "function"))
    assert found["z = si"] == [4, ["w1", "ŷ", *(word for word, kind, _ in words if kind == "function")]]
    assert found["x = 1\n  up"][0] == 8 and set(found["x = 1\n  up"][1]) == {"w1", "ŷ"} | keywords
    assert found["L = ŷ"][0] == 4 and set(found["a = w1*(w"][1]) == {"w1", "ŷ"} | functions
    assert [found[each] for each in ("z = w # si", "title si", "source in a si", "z = ")] == [None] * 4


def test_a_mistake_stands_where_the_number_stood_and_the_others_stay(node):
    ends = [{"line": line, "parts": [["data", str(line)]], "said": ""} for line in (1, 2, 4)]
    wrong = [{"line": 2, "message": "no"}, {"line": 2, "message": "later"}, {"line": 0, "message": "of the whole"}]
    asked = "({endsOf}, {cases}) => cases.map(([reading, old]) => endsOf(reading, old))"
    cases = [[{"mistakes": [], "ends": ends}, []], [{"mistakes": wrong, "ends": []}, ends]]
    good, faulty = in_node(node, "line_ends.js", asked, {"cases": cases})
    assert good == ends
    assert {each["line"]: each["parts"] for each in faulty} == {
        1: [["data", "1"]], 2: [["mistake", "no"]], 4: [["data", "4"]],
    }  # fmt: skip
    assert [each["line"] for each in faulty if each.get("wrong")] == [2]
