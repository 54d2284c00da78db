"""Sheets that cost their author a line and a reader who does not count an afternoon: one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

__all__ = ["BEYOND", "BOMBS", "beyond"]


def lines(*parts: str) -> str:
    return "\n".join(parts) + "\n"


def powers(steps: int, step: str) -> str:
    """A chain in which each number uses the one before twice, with every derivative published."""
    chain = [step.format(at=at, to=at + 1) for at in range(steps)]
    published = [f"dL/dx{at} ~= 1" for at in range(steps)]
    return lines("param x0 = 0.1", *chain, f"L = x{steps}", *published)


def network(width: int, depth: int) -> str:
    """Layers that are wholly connected, of numbers, by the names of books."""
    text = ["param " + ", ".join(f"a0_{i} = 0.{i}" for i in range(1, width + 1))]
    for layer in range(depth):
        for i in range(1, width + 1):
            terms = " + ".join(f"a{layer}_{j}" for j in range(1, width + 1))
            text.append(f"a{layer + 1}_{i} = tanh({terms})")
    return lines(*text, "L = " + " + ".join(f"a{depth}_{i}" for i in range(1, width + 1)), "dL/da0_1 ~= 0.5")


def wrong_chain(steps: int) -> str:
    """Numbers each of which is wrong, and follows from none of those before."""
    text = ["param w = 0.3, v = 0.7, x0 = 1"]
    text += [f"x{i} = tanh(w*x{i - 1} + v)" for i in range(1, steps + 1)]
    text.append(f"L = x{steps}")
    text += [f"x{i} ~= {0.1 + i / 97 % 1:.4f}" for i in range(1, steps + 1)]
    text += [f"dL/dx{i} ~= {0.3 + i / 89 % 1:.4f}" for i in range(1, steps + 1)]
    return lines(*text)


def names(count: int, letter: str = "a") -> list[str]:
    return [f"{letter}{i}" for i in range(1, count + 1)]


def given(count: int) -> str:
    return "param " + ", ".join(f"{name} = 0.{i + 1}" for i, name in enumerate(names(count)))


def proof(claim: str, count: int = 3, body: str | None = None) -> str:
    """A formula that is to be proved, of a few numbers."""
    body = body or "*".join(names(count))
    return lines(given(count), f"L = {body}", f"L == {claim}")


def rational(count: int) -> str:
    """A rational function of many names, and the same in another order."""
    one = " + ".join(f"{a}/(1 + {b})" for a, b in zip(names(count), [*names(count)[1:], "a1"]))
    other = " + ".join(f"{a}/(1 + {b})" for a, b in reversed(list(zip(names(count), [*names(count)[1:], "a1"]))))
    return lines(given(count), f"L = {one}", f"L == {other}", f"1/(L) == 1/({other})")


def matrix(rows: int, columns: int) -> str:
    return "[" + "; ".join(" ".join(f"0.{i * j % 9 + 1}" for j in range(columns)) for i in range(rows)) + "]"


def families(count: int) -> str:
    return lines("param x = 0.5", f"for i = 1..{count}:", "    a[i] = x*i", "end", "L = a[1]")


def many_derivatives(count: int) -> str:
    """Families of families, and derivatives as quantities."""
    return lines(
        "param x = 0.5, w = [0.1 0.2; 0.3 0.4]",
        "a[0] = x", f"for i = 1..{count}: a[i] = tanh(a[i-1]*w[1,1] + w[2,2])",
        f"L = a[{count}]", f"for i = 1..{count}: g[i] = dL/da[i]",
        "K = " + " + ".join(f"g[{i}]" for i in range(1, count + 1)),
        f"for i = 1..{count}: h[i] = dK/da[i]",
        f"for i = 1..{count}: dK/da[i] ~= 1",
    )  # fmt: skip


def levels(count: int, *published: str) -> str:
    """Functions that each use the one before twice."""
    made = [f"f{i}(z) = f{i - 1}(z)*f{i - 1}(z) + z" for i in range(1, count + 1)]
    return lines("param x = 0.5", "f0(z) = z*z + sin(z)", *made, f"L = f{count}(x)", *published)


def factors(count: int, sign: str = "*", factor: str = "(x + {})") -> str:
    """A long product, or quotient."""
    return f"L = {sign.join(factor.format(i) for i in range(1, count + 1))}"


WRONG = ("L ~= 3", "dL/dx ~= 3", "d²L/dx² ~= 3", "L == 3*x", "dL/dx == 3*y")  # all that can be asked of L
# What is no double, though each number in it is one.
BEYOND = (
    "(1e200*x)*(1e200)*y", "(2*x)^1e9", "(2*x)^(1e308)*y", "x/1e-300*1e300*1e-300/1e300*(-1e308 - 1e308 + y)", "x/0*y",
    "x*(1e308 + 1e308)*y - y*(1e308*10)", "(x*1e-320)*y^(-1e300)/3e-310", "(0.1*x)^(-1e5)*y", "(x^1e308)^1e308*2",
    "x*1e-320/0^-1 + 0/0", "x*" + "1.2345678901*" * 300 + "y", "tanh'(1e308*10*x)",
)  # fmt: skip


def beyond(formula: str) -> str:
    return lines("param x = 0.5, y = 0.25", f"L = {formula}", *WRONG)


DEEP = ("param W = ones(30,30)*0.1", "input x = ones(30)", "L = sum(tanh(W @ tanh(W @ x)))")  # of one formula, long


BOMBS: Mapping[str, Callable[[], str]] = {
    # ── deep ──
    "deep brackets": lambda: lines("param x = 1", "L = " + "(" * 40_000 + "x" + ")" * 40_000),
    "deep square brackets": lambda: lines("param x = 1", "L = " + "[" * 20_000 + "x" + "]" * 20_000),
    "deep braces": lambda: lines("param x = 1", "L = x^" + "{" * 20_000 + "2" + "}" * 20_000),
    "open brackets": lambda: lines("param x = 1", "L = " + "(" * 90_000),
    "open brackets, a line each": lambda: lines("param x = 1", "L = (", *["    ("] * 20_000, "x"),
    "deep signs": lambda: lines("param x = 1", "L = " + "-" * 90_000 + "x"),
    "deep functions": lambda: lines("param x = 1", "L = " + "tanh(" * 5_000 + "x" + ")" * 5_000, "dL/dx ~= 1"),
    "deep powers": lambda: lines("param x = 1", "L = " + "x^" * 5_000 + "x", "dL/dx ~= 1"),
    "deep fractions": lambda: lines("param x = 1", "L = " + "1/(1 + " * 3_000 + "x" + ")" * 3_000, "dL/dx ~= 1"),
    "deep LaTeX": lambda: lines("param x = 1", "L = " + r"\frac{1}{1 + " * 3_000 + "x" + "}" * 3_000, "dL/dx ~= 1"),
    "deep roots": lambda: lines("param x = 2", "L = " + "√" * 20_000 + "x"),
    "deep bars": lambda: lines("param x = 1", "L = " + "|" * 20_000 + "x" + "|" * 20_000),
    "deep transposes": lambda: lines("param W = [1 2; 3 4]", "V = W" + "ᵀ" * 20_000, "L = sum(V)"),
    "deep primes": lambda: lines("f(z) = z^2", "param x = 1", "L = f" + "'" * 20_000 + "(x)"),
    "functions of functions": lambda: lines(
        "f0(z) = z + z*z", *[f"f{i}(z) = f{i - 1}(f{i - 1}(z))" for i in range(1, 40)], "param x = 0.1", "L = f39(x)"
    ),
    "slopes of slopes": lambda: lines(
        "f0(z) = z^3", *[f"f{i}(z) = f{i - 1}'(z)*f{i - 1}(z)" for i in range(1, 30)], "param x = 0.1", "L = f29'(x)"
    ),
    "third derivatives": lambda: lines(
        "param x = 0.5", "L = tanh(x)^3", "d1 = dL/dx", *[f"d{i} = dd{i - 1}/dx" for i in range(2, 16)], "d15 ~= 1"
    ),
    # ── long ──
    "a long name": lambda: lines(f"param {'a' * 90_000} = 1", f"L = {'a' * 90_000}^2", "L ~= 1"),
    "long names": lambda: lines(*[f"param {'ab' * 10_000}_{i} = 1" for i in range(10)], f"L = {'ab' * 10_000}_1", "L ~= 1"),
    "a long unknown name": lambda: lines("param x = 1", "L = x*" + "y" * 90_000),
    "many unknown names": lambda: lines("param x = 1", *[f"y{i} = x*unknwon{i}" for i in range(3_000)]),
    "a long title": lambda: lines("title " + "word " * 19_000, "source " + "w" * 90_000, "param x = 1", "L = x"),
    "many titles": lambda: lines(*["title a word"] * 30_000, "param x = 1", "L = x"),
    "a long comment": lambda: lines("# " + "word " * 200_000, "param x = 1", "L = x   # " + "y" * 50_000),
    "a million lines": lambda: lines("param x = 1", "L = x", *["# nothing"] * 500_000, *[""] * 500_000),
    "a million wrong lines": lambda: lines("param x = 1", "L = x", *["?"] * 300_000),
    "a million words": lambda: lines("param x = 1", "L = x", "w " * 45_000),
    "a long line": lambda: lines("param x = 1", "L = " + " + ".join(["x"] * 20_000), "dL/dx ~= 20000"),
    "long continued lines": lambda: lines("param x = 1", "L = x +", *["    x +"] * 20_000, "    x", "dL/dx ~= 20002"),
    "a long table": lambda: lines("param w = 1", "L = w^2", "update 0.1 × 2000", "table round w L",
                                  *[f"{i} 1 1" for i in range(1, 2001)]),
    "a wide table": lambda: lines("param w = 1", "L = w^2", "table round " + "w " * 20_000, "1 " + "1 " * 20_000),
    "many parameters": lambda: lines(
        "param " + ", ".join(f"w{i} = {i}" for i in range(5_000)), "L = " + " + ".join(f"w{i}^2" for i in range(5_000))
    ),
    "many quantities": lambda: lines("param x0 = 0.5", *[f"x{i} = tanh(x{i - 1})" for i in range(1, 5_001)], "L = x5000"),
    "many functions": lambda: lines(*[f"f{i}(z) = z^{i}" for i in range(3_000)], "param x = 1", "L = f2999(x)"),
    "many results": lambda: lines(
        "param " + ", ".join(f"z{i} = 0.{i}" for i in range(1, 401)),
        ", ".join(f"p{i}" for i in range(1, 401)) + " = softmax(" + ", ".join(f"z{i}" for i in range(1, 401)) + ")",
        "L = -log(p1)", "dL/dz1 ~= -0.5",
    ),
    "many near names": lambda: lines("param x = 1", *[f"abc{i} = x*{i}" for i in range(1_000)], *[f"L{i} = abcd{i}" for i in range(1_000)]),
    "many near names of a family": lambda: lines("param x = 1", "for i = 1..3000: abc[i] = x*i", *[f"abcd{i} ~= 3" for i in range(500)]),
    "a long product": lambda: lines("param x = 0.5", factors(2_499), *WRONG[:4]),
    "a long quotient": lambda: lines("param x = 0.5", factors(300, "/"), *WRONG[:4]),
    "a second derivative of a product": lambda: lines("param x = 0.5", factors(59, "*", "tanh(x*{})"), "H = d²L/dx²", "d²L/dx² ~= 3", "H == 0"),
    "slips in functions of functions": lambda: levels(8, "dL/dx ~= 1"),
    "proofs of functions of functions": lambda: levels(10, "dL/dx ~= 1", "dL/dx == f10'(x)"),
    "derivatives of derivatives": lambda: lines("param x = 0.5", "f(z) = exp(sin(z))*z", "L = f''(f''(f''(f''(x))))"),
    "a slip in deep functions": lambda: lines("param x = 0.5", "L = " + "tanh(" * 60 + "x" + ")" * 60, *WRONG[:4]),
    # ── numbers ──
    "an exponent above the line": lambda: lines("param x = 0.5", f"y = x{'²' * 310}", "L = y*2", "L ~= 3", "dL/dx ~= 3"),
    "towers of powers": lambda: lines("param x = 1", "L = x*9**9**9", "L ~= 1"),
    "towers in numbers": lambda: lines("param x = 9^9^9^9^9", "L = x"),
    "a huge exponent": lambda: proof("a1^1000000000", 1),
    "a huge base": lambda: proof("(10^400*a1)^400", 1),
    "huge exponents in a sum": lambda: proof("(a1 + a2)^100000 - (a2 + a1)^100000 + L", 2),
    "a huge power of a sum": lambda: lines("param a = 3, b = -1", "L = (a + b - a)^1e9/2", "dL/da ~= 1"),
    "long digits": lambda: lines(f"param x = {'9' * 90_000}", "L = x", "L ~= 1"),
    "long decimals": lambda: lines(f"param x = 0.{'3' * 90_000}", "L = x", f"L ~= 0.{'3' * 90_000}"),
    "long digits in a claim": lambda: lines("param x = 3", "L = x", f"L == {'9' * 40_000}*x/{'9' * 40_000}"),
    "huge and tiny": lambda: lines("param x = 10^400, y = 1e-400, z = 1e400, w = 1e308", "L = x*y + z*w", "L ~= 1e999999", "dL/dx ~= 0"),
    "a huge index": lambda: lines("param W = [1 2; 3 4]", f"L = W[{'9' * 5_000},1]"),
    "a huge name index": lambda: lines(f"param w_{{{'9' * 20_000}}} = 1", f"L = w_{{{'9' * 20_000}}}^2"),
    "a huge closed form": lambda: lines("param x = 3", "L = x", "L ~= " + " + ".join(["√3/2^99"] * 3_000)),
    "a huge published number": lambda: lines("param x = 3", "L = x", "L ~= " + "1" * 90_000),
    # ── proofs ──
    "a power of a sum": lambda: proof("(a1 + a2 + a3)^40 - (a3 + a2 + a1)^40 + L"),
    "powers of sums": lambda: lines(given(3), "L = (a1 + a2 + a3)^40", *[f"L == (a3 + a2 + a1)^{i} * (a1 + a2 + a3)^{40 - i}" for i in range(20)]),
    "a product of sums": lambda: proof("*".join(f"({a} + 1)" for a in names(30)), 30, "*".join(f"(1 + {a})" for a in names(30))),
    "a rational function": lambda: rational(30),
    "a rational function of hundreds": lambda: rational(300),
    "nested rational functions": lambda: lines(
        given(6), "L = " + "".join(f"1/(a{i % 6 + 1} + " for i in range(40)) + "a1" + ")" * 40,
        "L == " + "".join(f"1/(a{i % 6 + 1}*1 + " for i in range(40)) + "a1" + ")" * 40, "dL/da1 == 0.3*a1",
    ),
    "many functions in a proof": lambda: proof(
        " + ".join(f"tanh({a})*exp({b})*σ({a} + {b})" for a in names(8) for b in names(8)), 8,
        " + ".join(f"σ({b} + {a})*exp({b})*tanh({a})" for b in names(8) for a in names(8)),
    ),
    "many gates in a proof": lambda: proof(
        " + ".join(f"max({a}, 0)*1{{{a} > {b}}}" for a in names(10) for b in names(10) if a != b), 10,
        " + ".join(f"relu({a})*step({a} - {b})" for a in names(10) for b in names(10) if a != b),
    ),
    "logs and exps": lambda: proof(
        "log(" + "*".join(f"exp({a})" for a in names(40)) + ")", 40, " + ".join(names(40))
    ),
    "a slope of a deep chain": lambda: lines(
        "param x0 = 0.1", *[f"x{i} = x{i - 1}*x{i - 1} + x{i - 1}" for i in range(1, 31)], "L = x30",
        "dL/dx0 == " + "*".join(f"(2*x{i} + 1)" for i in range(30)), "dL/dx0 == 3*x0",
        "L == x0^1073741824",
    ),
    "a determinant": lambda: proof(
        " + ".join(f"{a}*{b}/({b} - {c})" for a in names(6) for b in names(6) for c in names(6) if b != c), 6
    ),
    "thousands of proofs": lambda: lines(given(3), "L = tanh(a1*a2)*a3", *[f"dL/da1 == a2*a3*(1 - tanh(a1*a2)^2)*{i}/{i}" for i in range(1, 401)]),
    "thousands of wrong proofs": lambda: lines(given(3), "L = tanh(a1*a2)*a3", *[f"dL/da1 == a2*a3*(1 - tanh(a1*a2)^{i})" for i in range(3, 403)]),
    # ── paths, and wrong numbers ──
    "paths": lambda: powers(60, "x{to} = x{at}*x{at} + x{at}"),
    "paths through a network": lambda: network(8, 12),
    "wrong numbers": lambda: wrong_chain(60),
    "thousands of checks": lambda: lines("param w = 0.3", "L = tanh(w)^2", *["L ~= 0.0848", "dL/dw ~= 0.534"] * 600),
    "thousands of wrong checks": lambda: lines("param w = 0.3", "L = tanh(w)^2", *[f"L ~= 0.{i:04}" for i in range(600)]),
    "thousands of wrong gradients": lambda: lines("param w = 0.3, v = 2", "z = w*v", "L = tanh(z)^2", *[f"dL/dw ~= 0.{i:04}" for i in range(350)]),
    "thousands of expressions": lambda: lines("param w = 0.3", "L = tanh(w)^2", *[f"{i}*w*L ~= 0.3" for i in range(2_000)]),
    "a wrong sum": lambda: lines(given(150), "L = " + " + ".join(f"{a}*{b}" for a, b in zip(names(150), names(150)[1:])), "L ~= 12.3456",
                                 *[f"dL/d{a} ~= 0.7{i:03}" for i, a in enumerate(names(150))]),
    "derivation lines": lambda: lines("param a = 0.7", "L = a²", *["∂L/∂a = 2·a = 2·0.7 = 1.4"] * 1_000),
    "a long derivation line": lambda: lines("param a = 0.7", "L = a²", "∂L/∂a = " + " = ".join(["2·a"] * 5_000)),
    # ── arrays, families, samples, rounds ──
    "a softmax": lambda: lines("param z = [" + ", ".join(f"0.{i % 9}" for i in range(1_000)) + "]", "p = softmax(z)", "L = -log(p[1])", "dL/dz[1] ~= -0.99"),
    "a cheap softmax": lambda: lines("param z = ones(1000)", "p = softmax(z)", "L = -log(p[1])", "dL/dz[1] ~= -0.99"),
    "softmaxes": lambda: lines("param z = ones(300)", *[f"z{i} = softmax(z{i - 1})" if i else "z0 = z" for i in range(8)], "L = sum(z7)", "dL/dz[1] ~= 0"),
    "a Jacobian": lambda: lines("param x = ones(300)", "y = tanh(x*sum(x))", "L = sum(y)", "dy/dx == diag(1 - y⊙y)"),
    "a large matrix": lambda: lines(f"param W = {matrix(100, 100)}, x = ones(100)", "L = sum(tanh(W @ x))", "dL/dx ~= ones(100)"),
    "products of matrices": lambda: lines("param W = ones(60, 60)", *[f"V{i} = {'V' + str(i - 1) if i else 'W'} @ W" for i in range(10)], "L = sum(V9)"),
    "ones without end": lambda: lines("param W = ones(100000, 100000)", "L = sum(W)"),
    "ones in formulas": lambda: lines("param x = 1", "L = sum(ones(3000, 3000))*x", "L ~= 1"),
    "huge arrays by outer": lambda: lines("param x = ones(3000)", "L = sum(outer(x, x))"),
    "eyes": lambda: lines("param x = 1", "L = x*sum(eye(5000) @ ones(5000))"),
    "a convolution": lambda: lines("param x = ones(80, 80), k = ones(30, 30)", "L = sum(conv(x, k))"),
    "concatenations": lambda: lines("param x0 = [1, 2]", *[f"x{i} = concat(x{i - 1}, x{i - 1})" for i in range(1, 40)], "L = sum(x39)"),
    "families": lambda: families(9_000),
    "families beyond all bounds": lambda: families(10**15),
    "families of families": lambda: lines("param x = 0.5", *[f"for i{k} = 1..20:" for k in range(10)], "L[i0] = x", *["end"] * 10),
    "many families": lambda: lines("param x = 0.5", *[f"for i = 1..99: a{k}[i] = x*i" for k in range(90)], "L = a1[1]"),
    "many derivatives of families": lambda: many_derivatives(60),
    "many derivatives of long families": lambda: many_derivatives(400),
    "a slip behind a family": lambda: lines("param a = 1", "for l = 1..5500: w[l] = a*l", "L = sum(w[k] for k in 1..5500)", "dL/da ~= 3"),
    "wrong numbers in a family": lambda: lines(
        "param a = 1, b = 2", "w[0] = a", "for l = 1..4000: w[l] = tanh(w[l-1]*b)", "L = w[4000]", "dL/da ~= 3",
        "for l = 1..4000: w[l] ~= 0.3", "L == a", "dL/db == 3*b",
    ),
    "equal checks": lambda: lines("param w = 0.3", "L = w²", "for k = 1..5500: L ~= 3"),
    "products of one matrix": lambda: lines("param W = [1 2; 3 4]", f"L = sum({'@'.join('W' * 12)})", "dL/dW ~= [1 2; 3 4]"),
    "sums that grow": lambda: lines("param a = 1", "for l = 1..1400: w[l] = sum(a*k for k in 1..l)", "L = w[1]"),
    "formulas of every two samples": lambda: lines(
        "samples x | y", *[f"{i} | {i % 2}" for i in range(60)], "param w = 0.3", "L = (w*x - y)²",
        "for k = 1..60: for j = 1..60: L at sample k == L at sample j"
    ),
    "nested sums": lambda: lines("param x = 0.5", "L = " + "".join("sum(" for _ in range(8)) + "x" + "".join(f" for i{k} in 1..20)" for k in range(8))),
    "a long sum": lambda: lines("param x = 0.5", "L = sum(x*i for i in 1..1000000000)"),
    "sums of sums": lambda: lines("param x = 0.5", *[f"y{k} = sum(x*i for i in 1..900)" for k in range(100)], "L = y1"),
    "samples": lambda: lines("samples x | y", *[f"0.{i} | {i % 2}" for i in range(1, 1_001)], "param w = 0.1", "p = σ(w*x)", "L = -y*ln p - (1 - y)*ln(1 - p)", "C = mean over samples of L",
                             "dC/dw ~= 0.1"),
    "wide samples": lambda: lines("samples " + " ".join(f"x{i}" for i in range(3_000)) + " | y", "1 " * 3_000 + "| 1", "param w = 0.1", "L = (w*x1 - y)^2"),
    "a rule of matrices": lambda: lines(*DEEP, "update 0.01", "ΔW == -0.01*before(dL/dW)"),
    "a rule of Adam": lambda: lines(*DEEP, "update adam 0.01", "ΔW == -0.01*m̂(W)/(√v̂(W) + 1e-8)"),
    "no rule of matrices": lambda: lines(*DEEP, "update 0.01", "before(dL/dW) == before(dL/dW)*before(L)/before(L)"),
    "a Jacobian as a quantity": lambda: lines("param x = ones(40)*0.3", "y = softmax(x)", "z = softmax(y)", "J = dz/dx", "L = sum(J ⊙ J)", "loss L"),
    "a Hessian as a quantity": lambda: lines("param x = ones(12)*0.3", "y = softmax(x)", "J = dy/dx", "L = sum(J ⊙ J)", "H = d²L/dx²", "g = sum(H)",
                                             "loss g", "dg/dx[1] ~= 0.123", "g ~= 1.234", "update 0.1 × 2", "g ~= 0.123"),
    "Newton's method": lambda: lines("samples x | t", *[f"{0.11 + i / 100:.2f} | {i % 2}" for i in range(40)], "param w = 0.5", "p = σ(w*x)",
                                     "L = -t ln p - (1-t) ln(1-p)", "C = mean over samples of L", "H = d²C/dw²", "next w = w - dC/dw/H", "round × 5",
                                     "H == mean over samples of p(1-p)x²"),
    "rounds": lambda: lines("param w = 3", "input x = 2", "L = (w*x)^2", "update 0.5 × 20000", "w ~= 1"),
    "rounds without end": lambda: lines("param w = 3", "L = w^2", "update 0.1 × 1000000000"),
    "many updates": lambda: lines("param w = 3", "L = w^2", *["update 0.1", "w ~= 1"] * 3_000),
    "rounds of Adam": lambda: lines("param " + ", ".join(f"w{i} = 3" for i in range(50)), "L = " + " + ".join(f"w{i}^2" for i in range(50)), "update adam 0.1 × 550", "L ~= 1"),
    "rounds of a rule": lambda: lines("param w = 3", "state m = 0", "L = w^2", "next m = 0.9m + dL/dw", "next w = w - 0.1*next m", "round × 5000", "w ~= 1"),
    "diverging updates": lambda: lines("param w = 3", "L = w²", *["update 1.5"] * 20_000),
    "equal mistakes": lambda: lines("param w = 3", "L = w²", *["update v"] * 5_000),
    "restarts": lambda: lines("param w = 3", "L = w^2", *["update 0.1", "restart"] * 1_500, "w ~= 3"),
    "checks of all rounds": lambda: lines("param w = 3", "L = w^2", "update 0.1 × 250", *[f"at round {i}: w ~= 1.234" for i in range(1, 251)]),
}  # fmt: skip
