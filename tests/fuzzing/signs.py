"""What the inputs are made of: signs, words and names that mean something somewhere, or harm somewhere."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

__all__ = ["FUNCTIONS", "HARMFUL", "NUMBERS", "ROOT", "SIGNS", "WORDS", "mutated", "texts"]

ROOT = Path(__file__).parents[2]

SIGNS = [
    *"abwxyzLe01239.,=~≈()[]{}|+-*/^'′_#;:?!\\\"\n\n\n \t\0\u200b\u202e½²⁻¹√π∂σΣŷ×·−÷₁⁽⁾⁰ᵀ°∞а中",
    "param ", "input ", "target ", "update ", "loss ", "title ", "f(z) = ", "dL/dw", "∂L/∂w", "^(2)", "_{11}", "1{", "e^",
    "ln ", "next w = ", "next t", "round × 2", "round with ", "repeat 3: ", "restart", "at round 2: ", "table round w", "1 0.5 .",
    "for l = 1..3: ", "for t in 1..2:\n", "\nend\n", "z[l] = ", "W[2,1]", "[1 2; 3 4]", "[", "]", ";", " @ ", "ᵀ", ".T", "⊙", "‖", "..", ":", "&", "\\\\",
    "\\begin{bmatrix} ", " \\end{bmatrix}", " at sample 2", "samples a b\n1 2\n", "sample 1\n", "mean over samples of ", "sum(w[k] for k in 1..2)",
    "before(", "Δw", "rate η = ", "state m = 0", "update adam 0.1", "m(w)", "max(", "softmax(", "~= ", "== ", "1e308", "1e-400", "__import__('os')", "w.grad", "σ'(", "\r\n", "\u2028",
    "\ufeff", "\ud800", "\U0001d465", "d²L/dw²", "d^2L/dwdb", "~= ?", "(via w)", "where(", "clamp(", "\\frac{", "\\sqrt{", "\\sigma", "e+1", "where w > 0",
    "samples x.csv", "source http://x", "(w[k] for k in 1..2)", " for k in 1..3", "for i = 1..2: ", "[i,k]", "[:,1]", " @ Wᵀ", "conv(", "onehot(", "eye(3)", "zeros(2, 3)", "diag(", "norm(", "outer(", "concat(", "x[1..3]", "^T", "|", "L(w) = ", "w' ", "²⁾",
]  # fmt: skip
WORDS = [
    *"w b e L f g z σ ln max sign mean softmax tanh relu atan2 exp log sqrt Σ hypot step".split(),
    *"' ′ ″ '' ^ ** ² ⁻¹ ⁿ + - − – * / · × ÷ ( ) [ ] { } | √ , . _ # ? = ~= == < > ≥ ≤ 1{ ^{ _{ ^( \\".split(),
    *"0 1 2 0.5 ½ 2e 2e+1 1e-3 π pi w₁ w_{11} w² dL/dw ∂L/∂w d²L/dw² d(L)/dw next before Δw m(w) round of with".split(),
    *r"\hat{w} \sigma \frac{1}{2} \frac \cdot if and not w.grad np.exp f'(w) f(w) g(w, b) σ(w) ln(w) ∑ ∇ ⊙ —".split(),
]  # fmt: skip
NUMBERS = [
    *"0 1 2 3 0.5 .5 1e-3 1e308 1e-320 2.5e+10 0.1 10 100 1000000 ½ ⅓ 1/10 1/3 0.30000000000000004".split() * 9,
    *"7 12 42 -1 -0.5 −2 1e5".split() * 9, "1e400",  # beyond the largest double
]  # fmt: skip
FUNCTIONS = (
    *"exp exp2 log log2 log10 sqrt cbrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh expm1 log1p".split(),
    *"erf abs sigmoid logsigmoid softplus relu leaky_relu elu selu silu mish gelu hardtanh step sign".split(),
)

# What is no harm as long as it stays text.
HARMFUL = [
    "</script><script>owned=1</script>", '"><img src=x onerror="owned=1">', "<svg onload=owned=1>", "<!--<script>", "]]>", "--><b>",
    "javascript:owned=1", "<iframe srcdoc='<script>parent.owned=1</script>'>", "'\"`${owned=1}`", "{{script}}", "{{data}}", "\\u003cb\\u003e",
    "&lt;b&gt;", "&#60;b&#62;", "<style>*{display:none}</style>", "</style><b>", "<base href=//x>", "<a href='javascript:owned=1'>x</a>", "__proto__",
    "constructor", "toString", "$&", "$1", "\\0", "%00", "%s%n", "{0}", "\x00\x07\x1b[31m", "\ud800", "\u2028a\u2029", "\u202eabc\u202c", "\u200b", "\ufeff", "\ufffe",
    "a" * 400, "x́" * 60, "<math><mi//xlink:href='data:x,y'>", "<table><td>", "</td></table>", "<FONT COLOR='red'>", "{x|y}", "<x> | {", "\\N", "\\G", "\\l",
    "expression(owned=1)", "url(http://x.example/)", "@import 'http://x.example/'", "<details open ontoggle=owned=1>", "<input autofocus onfocus=owned=1>", "]]]]><![CDATA[>",
    "null", "NaN", "-0", "[object Object]", "\ue000d0\ue001", "]]>", "alert(1)", "<?xml version='1.0'?>", "<!DOCTYPE x [<!ENTITY a 'b'>]>&a;", "日本語", "Ω≈ç√", "", " ", "\n", "a\r\nb", "∂L/∂w", "w_{11}^{(2)}", "_", "^", "a.b", "a b",
]  # fmt: skip


@cache
def texts() -> tuple[str, ...]:
    """The sheets of the demos, and the examples in the page about sheets."""
    found = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "demos").glob("*.sheet"))]
    block: list[str] = []
    for line in [*(ROOT / "docs" / "sheets.md").read_text(encoding="utf-8").split("\n"), "end"]:
        if line.startswith("    ") or (block and not line):
            block.append(line[4:])
            continue
        text = "\n".join(block).strip()
        found += [text + "\n"] * 2 if "=" in text and "param" in text else []
        block = []
    return tuple(found)


def mutated(rng: random.Random, text: str, signs: list[str], most: int = 30) -> str:
    """A text with some pieces of it left out, doubled or replaced by others."""
    for _ in range(rng.choice([each for each in (1, 1, 2, 5, 30) if each <= most])):
        start = rng.randrange(len(text) + 1)
        stop = min(len(text), start + rng.choice((0, 0, 1, 3, 40)))
        piece = "".join(rng.choice(signs) for _ in range(rng.choice((0, 1, 1, 2, 6)))) * rng.choice(
            (1, 1, 1, 1, 1, 1, 1, 1, 1, 300)
        )
        if rng.random() < 0.1:  # a piece from elsewhere in the text
            begin = rng.randrange(len(text) + 1)
            piece = text[begin : begin + rng.choice((5, 20, 80))]
        text = text[:start] + piece + text[stop:]
    return text
