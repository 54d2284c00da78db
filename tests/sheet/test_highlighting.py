"""The colours of sheets: one table for TextMate, Pygments and browsers, made of the reader's own words, tried on the demos."""

import json
import re
import subprocess

import pytest
from outside import ROOT
from sheets import SHEETS

from microgrid import Sheet
from microgrid.formula.definitions import FUNCTIONS
from microgrid.sheet.highlighting import PATTERNS, completions, grammar, patterns_of_browsers
from microgrid.sheet.lexer import SheetLexer
from microgrid.sheet.names import ROLE_OF, WORDS

KEPT = ROOT / "docs" / "editor" / "microgrid.tmLanguage.json"


def kinds(text):
    """The words of a text, each with its kind."""
    return [
        (str(kind).removeprefix("Token."), word.strip()) for kind, word in SheetLexer().get_tokens(text) if word.strip()
    ]


def test_the_grammar_that_is_kept_is_the_one_that_is_made():
    remedy = "write it anew: python -m microgrid.sheet.highlighting > docs/editor/microgrid.tmLanguage.json"
    assert KEPT.read_text(encoding="utf-8") == grammar(), remedy
    assert [each["match"] for each in json.loads(grammar())["patterns"]] == [each.pattern for each in PATTERNS]


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_every_word_of_a_demo_has_its_colour(path):
    text = path.read_text(encoding="utf-8")
    found = kinds(text)
    assert [each for each in found if each[0] in ("Text", "Error")] == []
    names = {word for kind, word in found if kind == "Name.Variable"}
    wanted = {re.split(r"\[| at sample ", each)[0] for each in Sheet.read(path).quantities}
    assert wanted <= names | {each.removesuffix("ᵀ") for each in names}
    declared = [word for kind, word in found if kind == "Keyword.Declaration"]
    assert declared == re.findall(rf"^({'|'.join(ROLE_OF)})\b", text, re.MULTILINE)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_is_known(function):
    assert ("Name.Builtin", function) in kinds(f"z = {function}(x)")


@pytest.mark.parametrize("word", [word for word in WORDS if word not in ("title", "source", "of")])
def test_every_directive_is_a_keyword(word):
    assert kinds(f"{word} 0.1")[0][0].startswith("Keyword") and kinds(f"{word} = 0.1")[0][0] == "Name.Variable"


def test_the_signs_of_books():
    found = kinds("f(z) = σ'(z)² + √x # why\nw_{11}^{(2)} ≈ −½\n∂L/∂w₁ == 1{z > 0}")
    assert found[0] == ("Name.Function", "f") and ("Comment", "# why") in found
    assert ("Name.Variable", "w_{11}^{(2)}") in found and ("Name.Attribute", "∂L/∂w₁") in found


def test_pygments_finds_it_by_its_name():
    from pygments.lexers import get_lexer_by_name, get_lexer_for_filename

    assert type(get_lexer_by_name("microgrid")).__name__ == "SheetLexer"
    assert get_lexer_for_filename("a.sheet").name == "microgrid sheet"


IN_NODE = """
const {patterns, texts} = JSON.parse(require("fs").readFileSync(0, "utf8"));
const kinds = patterns.map(([kind, pattern]) => [kind, new RegExp(pattern, "muy")]);
const words = (text) => {
    const found = [];
    for (let at = 0; at < text.length; ) {
        let word = null;
        for (const [kind, pattern] of kinds) {
            pattern.lastIndex = at;
            if ((word = pattern.exec(text)?.[0])) { found.push([kind, word.trim()]); break; }
        }
        at += word ? word.length : 1;
    }
    return found;
};
console.log(JSON.stringify(texts.map(words)));
"""
ODD = "f(z) = σ'(z)² + √x # why\nw_{11}^{(2)} ≈ −½\n∂L/∂w₁ == 1{z > 0}\nloss = 3\nround × 2\nν٣ = 2\nfor i = 1..3: z[i] = x[i]"


def test_a_browser_finds_the_same_words(node):
    texts = [*(path.read_text(encoding="utf-8") for path in SHEETS), ODD]
    given = json.dumps({"patterns": patterns_of_browsers(), "texts": texts})
    done = subprocess.run(
        [node, "-e", IN_NODE], input=given, capture_output=True, text=True, encoding="utf-8", check=True
    )
    token = {each.scope: each.token for each in PATTERNS}
    for text, words in zip(texts, json.loads(done.stdout), strict=True):
        found = [(kind.removeprefix("Literal."), word) for kind, word in kinds(text)]
        assert [(token[kind], word) for kind, word in words] == [each for each in found if each[0] != "Text"]


def test_what_is_offered_can_be_typed():
    examples = {word: example for word, kind, example in completions() if kind == "keyword"}
    assert {*ROLE_OF, *WORDS} - {"of"} <= examples.keys()
    assert {word for word, kind, _ in completions() if kind == "function"} >= {*FUNCTIONS}
    assert all(each.startswith(word) for word, each in examples.items())
