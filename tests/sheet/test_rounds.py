"""Rounds: rates, updates and optimisers, rules and states, tables, and what every reader makes of them."""

import math
import random
import re

import pytest
from pages import held

from microgrid import Sheet, SheetError, Value, draw, explain, page
from microgrid.answers import check
from microgrid.debugger.prompt import converse
from microgrid.debugger.session import Session
from microgrid.formula import evaluate, parse
from microgrid.formula.optimisers import NEXT, OPTIMISERS
from microgrid.formula.words import WORDS
from microgrid.tape import Assigned, Cursor, Update, steps
from microgrid.tape.wording import Wording
from microgrid.training.optim import SGD, Adagrad, Adam, Optimizer, RMSprop

LINE = """input x = 1.5, y = 2
param w = 0.5, b = -0.25
p = w*x + b
L = (p - y)^2
"""


def worked(*lines, before="", model=LINE):
    return Sheet.parse(before + model + "\n".join(lines)).run()


def course(run, name):
    """A number, round by round."""
    return [here.number_of(name) for here in run.rounds]


def bits(numbers):
    return [float(each).hex() for each in numbers]


# ── plain updates ──────────────────────────────────────────────────────────────────────────


def descended(rate, rounds, w=0.5, b=-0.25, x=1.5, y=2.0):
    """w, b and L of plain gradient descent, by hand."""
    found = []
    for _ in range(rounds):
        gap = w * x + b - y
        found.append((w, b, gap**2))
        w, b = w - rate * 2 * gap * x, b - rate * 2 * gap
    return found


PLAIN = {
    # what is written, the rate, how many rounds
    "update 0.1": (0.1, 2),
    "update 1/10": (0.1, 2),
    "update η": (0.1, 2),
    "update η/2": (0.05, 2),
    "update η × 13": (0.1, 14),
    "update η x 13": (0.1, 14),
    "update η *13": (0.1, 14),
    "update η×13": (0.1, 14),
    "update η of L w, b × 2": (0.1, 3),
    "update η of L × 2": (0.1, 3),
    "update 0.1 w, b": (0.1, 2),
    "repeat 13: update η": (0.1, 14),
    "  repeat 2 :  update η × 3": (0.1, 7),
    "update η\nupdate 0.1": (0.1, 3),
    "next w = w - η*dL/dw\nnext b = b - η*dL/db\nround × 4": (0.1, 5),
    "next w = w - η*dL/dw\nnext b = b - η*dL/db\nrepeat 4: round": (0.1, 5),
}


@pytest.mark.parametrize(("lines", "wanted"), PLAIN.items(), ids=PLAIN)
def test_plain_descent(lines, wanted):
    run = worked(lines, before="rate η = 1/10\n")
    assert len(run.rounds) == wanted[1]
    for here, numbers in zip(run.rounds, descended(*wanted), strict=True):
        assert [here[name].data for name in "wbL"] == pytest.approx(numbers, rel=1e-13)


def test_a_rate_is_a_number_of_formulas_too():
    run = worked("J = L + λ*w^2", "dJ/dw == dL/dw + 2*λ*w", "update η of J w", before="rate η = 0.1, λ = 0.01\n")
    assert [each.verdict for each in check(run)] == ["proved"]
    assert run.rounds[1]["w"].data == 0.5 - 0.1 * run.rounds[0].derivative("J", "w")


def test_an_update_may_follow_a_line_that_ends_in_a_bar():
    run = worked("update 0.1", model="param w = 2\na = |w - 3| + |\n  w|\nL = a*|w|\n")
    assert course(run, "w") == [2.0, 1.7] and course(run, "L") == pytest.approx([3 * 2, 3 * 1.7])


def test_an_update_of_some_params_leaves_the_others():
    run = worked("update 0.1 of L b × 3")
    assert course(run, "w") == [0.5] * 4 and len(set(course(run, "b"))) == 4


# ── words of rounds are names everywhere else ───────────────────────────────────────────────


def test_a_sheet_may_call_its_quantities_like_these_words():
    words = "rate state next round repeat restart table at before adam momentum m v t velocity".split()
    leaves = ", ".join(f"{word} = {i + 1}" for i, word in enumerate(words))
    lines = [f"param {leaves}", "Δw = 3*rate", "w = before(rate + 1) + m(state + 1)", "z = before(rate) + table"]
    lines += [f"L = {' + '.join(words)} + w + z + Δw", *(f"{word} ~= {i + 1}" for i, word in enumerate(words))]
    lines += ["update 0.5 of L rate, next"]
    run = Sheet.parse("\n".join(lines)).run()
    first = {word: i + 1 for i, word in enumerate(words)}
    assert {word: run.rounds[0][word].data for word in words} == first
    assert run.rounds[0]["w"].data == 9 * 2 + 12 * 3 and run.rounds[0]["z"].data == 9 + 7
    assert all(answer.right for answer in check(run)[: len(words)])
    again = Sheet.parse(
        "param w = 2\nround, state = softmax(w, 1)\nrate = round\nnext = rate*w\ntable = next\nat = w"
    ).run()
    assert again.sheet.quantities == ("w", "round", "state", "rate", "next", "table", "at")


# ── optimisers: PyTorch is the oracle ───────────────────────────────────────────────────────

TORCH = {
    # the line, PyTorch's optimiser, ours, and where PyTorch keeps what it remembers
    "momentum 0.05 0.9": (lambda t, p: t.optim.SGD(p, 0.05, 0.9), lambda p: SGD(p, 0.05, 0.9),
                          {"velocity": "momentum_buffer"}),
    "nesterov 0.05 0.8": (lambda t, p: t.optim.SGD(p, 0.05, 0.8, nesterov=True), lambda p: SGD(p, 0.05, 0.8, True),
                          {"velocity": "momentum_buffer"}),
    "adam 0.001": (lambda t, p: t.optim.Adam(p), Adam, {"m": "exp_avg", "v": "exp_avg_sq"}),
    "adam 0.1 0.8 0.95 1e-3": (lambda t, p: t.optim.Adam(p, 0.1, (0.8, 0.95), 1e-3),
                               lambda p: Adam(p, 0.1, (0.8, 0.95), 1e-3), {"m": "exp_avg", "v": "exp_avg_sq"}),
    "adam η/100": (lambda t, p: t.optim.Adam(p), Adam, {"m": "exp_avg", "v": "exp_avg_sq"}),
    "rmsprop 0.01": (lambda t, p: t.optim.RMSprop(p, 0.01), lambda p: RMSprop(p, 0.01), {"v": "square_avg"}),
    "rmsprop 0.01 0.9": (lambda t, p: t.optim.RMSprop(p, 0.01, 0.9), lambda p: RMSprop(p, 0.01, 0.9),
                         {"v": "square_avg"}),
    "rmsprop 0.01 0.9 1e-4": (lambda t, p: t.optim.RMSprop(p, 0.01, 0.9, 1e-4), lambda p: RMSprop(p, 0.01, 0.9, 1e-4),
                              {"v": "square_avg"}),
    "adagrad 0.1": (lambda t, p: t.optim.Adagrad(p, 0.1), lambda p: Adagrad(p, 0.1), {"v": "sum"}),
    "adagrad 0.1 1e-3": (lambda t, p: t.optim.Adagrad(p, 0.1, eps=1e-3), lambda p: Adagrad(p, 0.1, 1e-3), {"v": "sum"}),
}  # fmt: skip
each_rule = pytest.mark.parametrize("line", TORCH)
TIMES = 13


@each_rule
def test_an_optimiser_is_that_of_pytorch(line):
    torch = pytest.importorskip("torch")
    run, (theirs, _, kept) = worked(f"update {line} × {TIMES}", before="rate η = 0.1\n"), TORCH[line]
    w, b = (torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in (0.5, -0.25))
    optimizer = theirs(torch, [w, b])
    for here in run.rounds:
        assert [here["w"].data, here["b"].data] == pytest.approx([w.item(), b.item()], rel=1e-15)
        if here.number > 1:
            for ours, name in kept.items():
                found = [here.number_of(f"{ours}({each})") for each in "wb"]
                assert found == pytest.approx([optimizer.state[each][name].item() for each in (w, b)], rel=1e-15)
        optimizer.zero_grad()
        ((w * 1.5 + b - 2) ** 2).backward()
        optimizer.step()


@each_rule
def test_an_optimiser_is_that_of_training_to_the_bit(line):
    run = worked(f"update {line} of L b, w × {TIMES}", before="rate η = 0.1\n")
    w, b = Value(0.5), Value(-0.25)
    optimizer: Optimizer = TORCH[line][1]([b, w])
    for here in run.rounds:
        assert bits([here["w"].data, here["b"].data]) == bits([w.data, b.data])
        memory = {name: here.number_of(f"{name}(b)") for name in TORCH[line][2]}
        assert here.number == 1 or bits(memory.values()) == bits(each[0] for each in optimizer.state)
        optimizer.zero_grad()
        ((w * 1.5 + b - 2) ** 2).backward()
        optimizer.step()


def test_the_hats_are_the_moments_without_their_bias():
    run = worked("update adam 0.1 0.8 0.95 × 3")
    for here in run.rounds[1:]:
        t = here.number - 1
        assert here.number_of("t(w)") == t
        for hat, moment, beta in (("m̂", "m", 0.8), ("v̂", "v", 0.95)):
            found = here.number_of(f"{hat}(w)")
            assert found == pytest.approx(here.number_of(f"{moment}(w)") / (1 - beta**t), rel=1e-15)


@pytest.mark.parametrize("rule", OPTIMISERS.values(), ids=OPTIMISERS)
def test_a_row_computes_what_its_book_says(rule):
    rng = random.Random(5)
    for t in range(1, 30):
        settings = {name: rng.uniform(0.1, 0.9) for name in rule.settings}
        words = {"θ": rng.gauss(0, 1), "g": rng.gauss(0, 1), **{name: rng.uniform(0, 2) for name in rule.memory}}
        words = {**words, **settings, "t": t - 1}
        for name, formula in {**rule.memory, **rule.hats}.items():
            words[NEXT + name] = evaluate(formula, words, WORDS)
            assert evaluate(rule.book.get(name, formula), words, WORDS) == pytest.approx(words[NEXT + name], rel=1e-12)
        found = evaluate(rule.step, words, WORDS)
        assert evaluate(rule.book.get("θ", rule.step), words, WORDS) == pytest.approx(found, rel=1e-12, abs=1e-14)
        (moved,), _ = rule.moved(
            [words["θ"]], [words["g"]], tuple([words[name]] for name in rule.lists), t, *settings.values()
        )
        assert moved.hex() == found.hex()


def test_three_iterations_of_adam_as_a_book_prints_them():
    torch = pytest.importorskip("torch")
    w = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    optimizer, lines = torch.optim.Adam([w], 0.1), []
    for t in range(1, 4):
        optimizer.zero_grad()
        ((w * 1.5 - 0.25 - 2) ** 2).backward()
        optimizer.step()
        m, v = (optimizer.state[w][name].item() for name in ("exp_avg", "exp_avg_sq"))
        printed = {"m(w)": m, "v(w)": v, "m̂(w)": m / (1 - 0.9**t), "v_hat(w)": v / (1 - 0.999**t), "w": w.item()}
        lines += ["update adam 0.1 of L w", *(f"{name} ~= {number:.6f}" for name, number in printed.items())]
    answers = check(worked(*lines))
    assert [answer.verdict for answer in answers] == ["exact"] * 15
    assert answers[7].quantity == "m̂(w)" and answers[7].round == 3


def test_a_wrong_moment_is_a_slip_and_what_follows_is_carried():
    good = worked("update adam 0.1 × 1").rounds[1]
    m, v = good.number_of("m(w)"), good.number_of("v(w)")
    wrong, rate = m * 1.5, 0.1
    hat, root = wrong / (1 - 0.9), math.sqrt(v / (1 - 0.999))
    lines = [
        f"m(w) ~= {wrong:.5f}",
        f"m_hat(w) ~= {hat:.5f}",
        f"v(w) ~= {v:.6f}",
        f"w ~= {0.5 - rate * hat / root:.5f}",
    ]
    answers = check(worked("update adam 0.1", *lines))
    assert [answer.verdict for answer in answers] == ["slip", "carried", "exact", "carried"]
    assert answers[1].carried_from == ("m(w)",) and answers[3].carried_from == ("m̂(w)",)


# ── rules, states, restarts ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(12))
def test_momentum_is_its_rule_written_out(seed):
    rng = random.Random(seed)
    rate, momentum = round(rng.uniform(0.001, 0.1), 4), round(rng.uniform(0, 0.99), 3)
    numbers = {name: round(rng.gauss(0, 2), 3) for name in ("w", "b", "x", "y")}
    model = "input x = {x}, y = {y}\nparam w = {w}, b = {b}\np = tanh(w*x + b)\nL = (p - y)^2\n".format(**numbers)
    named = worked(f"update momentum {rate} {momentum} × 6", model=model)
    rules = ["state u = 0, s = 0", model, f"next u = {momentum}*u + dL/dw", f"next s = {momentum}*s + dL/db"]
    rules += [f"next w = w - {rate}*next u", f"next b = b - {rate}*next s", "round × 6"]
    written = Sheet.parse("\n".join(rules)).run()
    for one, other in zip(named.rounds, written.rounds, strict=True):
        assert bits(map(one.number_of, ("w", "b", "velocity(w)", "velocity(b)"))) == bits(
            map(other.number_of, ("w", "b", "u", "s"))
        )


def test_right_sides_are_numbers_of_the_round_and_next_is_new():
    rules = ["next a = b", "next b = a + next t", "next t = t + 1"]
    run = Sheet.parse("\n".join(["state a = 1, b = 2, t = 0", "L = a + b + t", *rules, "round × 3"])).run()
    a, b, t, found = 1, 2, 0, []
    for _ in range(4):
        found.append([a, b, t])
        a, b, t = b, a + t + 1, t + 1
    assert [[here[name].data for name in "abt"] for here in run.rounds] == found


def test_a_round_with_another_sample():
    run = worked("next w = w - 0.1*dL/dw", "round with x = 2, y = 1/2", "round", "round with y = x + y")
    w, x, y, found = 0.5, 1.5, 2.0, []
    for sample in ((2.0, 0.5), (2.0, 0.5), (2.0, 2.5), None):
        found.append([w, x, y])
        w, (x, y) = w - 0.1 * 2 * (w * x - 0.25 - y) * x, sample or (x, y)
    assert [[here[name].data for name in "wxy"] for here in run.rounds] == [pytest.approx(each) for each in found]


def test_a_round_with_another_sample_needs_no_rule():
    assert course(worked("round with x = 3"), "p") == [0.5, 1.25]


def test_a_second_experiment_may_have_other_first_numbers():
    run = worked("update 0.1", "restart with w = 2, x = 1/2", "w ~= 2", "update 0.1", "restart", "w ~= 0.5", "x ~= 1.5")
    other = Sheet.parse(LINE.replace("w = 0.5", "w = 2").replace("x = 1.5", "x = 0.5") + "update 0.1").run()
    first = worked("update 0.1")
    for here, there in zip(run.rounds, [*first.rounds, *other.rounds, first.rounds[0]], strict=True):
        assert bits(here[name].data for name in "wbxL") == bits(there[name].data for name in "wbxL")
    assert all(answer.right for answer in check(run))


def test_restart_puts_back_the_first_numbers_and_a_second_experiment_may_have_other_rules():
    first, second = ["next w = w - 0.1*dL/dw", "round with x = 3"], ["next w = w - 0.2*dL/dw", "round"]
    run = worked("update momentum 0.1 0.9", *first, "restart", *second, "restart", "update adam 0.1")
    alone = worked(*second)
    assert [course(run, name)[3] for name in "wbx"] == [0.5, -0.25, 1.5] == [course(run, name)[5] for name in "wbx"]
    assert course(run, "velocity(w)")[3] == 0 != course(run, "velocity(w)")[2]
    assert run.rounds[4]["w"].data == alone.rounds[1]["w"].data
    assert run.rounds[6].number_of("m(w)") == pytest.approx(0.1 * run.rounds[0].derivative("L", "w"), rel=1e-14)


def test_what_a_step_changed_and_the_number_before():
    lines = ["update 0.1", "before(w) ~= 0.5", "Δw ~= 0.45", "ΔL ~= -1.9744", "before(dL/dw) ~= -4.5"]
    lines += [
        "Δw == -0.1*before(dL/dw)",
        "w == before(w) + Δw",
        "Δw == 0.1*before(dL/dw)",
        "before(L) == (before(p) - y)^2",
    ]
    answers = check(worked(*lines))
    verdicts = [answer.verdict for answer in answers]
    assert verdicts == ["exact"] * 4 + ["proved", "proved", "refuted", "proved"]
    assert [answer.quantity for answer in answers[:4]] == ["before(w)", "Δw", "ΔL", "before(dL/dw)"]


# ── checks of any round, and tables ─────────────────────────────────────────────────────────


def test_a_check_of_any_round_stands_anywhere():
    sheet = "at round 3: w ~= 0.9425\nat round 2: dL/dw == 2*(p - y)*x\nupdate 0.1 × 2\nat round 1: w ~= 0.5"
    answers = check(worked(sheet))
    assert [(answer.round, answer.quantity) for answer in answers] == [(3, "w"), (2, "dL/dw"), (1, "w")]
    assert answers[1].verdict == "proved" and answers[2].verdict == "exact"
    assert answers[0].value == descended(0.1, 3)[2][0] or math.isclose(answers[0].value, descended(0.1, 3)[2][0])


def logistic(table, places=4):
    """The sheet of a logistic regression whose epochs are printed as that table."""
    samples = range(1, 5)
    lines = ["rate η = 0.5", "input x1 = -2, x2 = -1, x3 = 1.5, x4 = 2", "target t1 = 0, t2 = 0, t3 = 1, t4 = 1"]
    lines += ["param w = 0, b = 0", *(f"q{i} = σ(w*x{i} + b)" for i in samples)]
    lines += [f"L{i} = -t{i}*ln q{i} - (1 - t{i})*ln(1 - q{i})" for i in samples]
    lines += ["C = mean(L1, L2, L3, L4)", "update η × 4", "table round  w  b  C  Δw", *table]
    return Sheet.parse("\n".join(lines)).run()


def epochs(count, rate=0.5):
    """w, b and the loss of every epoch, in plain Python."""
    samples, w, b = [(-2.0, 0), (-1.0, 0), (1.5, 1), (2.0, 1)], 0.0, 0.0
    for _ in range(count):
        q = [1 / (1 + math.exp(-(w * x + b))) for x, _ in samples]
        yield w, b, -sum(math.log(p if t else 1 - p) for p, (_, t) in zip(q, samples)) / 4
        gaps = [p - t for p, (_, t) in zip(q, samples)]
        w -= rate * sum(g * x for g, (x, _) in zip(gaps, samples)) / 4
        b -= rate * sum(gaps) / 4


def test_a_logistic_regression_as_a_table_of_epochs():
    rows = [f"  {i}  {w:.4f}   .  {loss:.4f}   ." for i, (w, _, loss) in enumerate(epochs(5), 1)]
    answers = check(logistic([rows[0], "# a remark", *rows[1:], "", "w ~= 1"]))
    assert [answer.verdict for answer in answers] == ["exact"] * 10 + [answers[-1].verdict]
    assert [answer.round for answer in answers] == [i for i in range(1, 6) for _ in "wC"] + [5]
    assert answers[-1].quantity == "w"


def test_a_wrong_row_of_a_table_is_a_slip_and_the_next_one_carried():
    rate, right = 0.5, list(epochs(5))
    wrong = right[1][0] + 0.07
    q = [1 / (1 + math.exp(-(wrong * x + right[1][1]))) for x in (-2, -1, 1.5, 2)]
    after = wrong - rate * sum(g * x for g, x in zip([q[0], q[1], q[2] - 1, q[3] - 1], (-2, -1, 1.5, 2))) / 4
    table = ["1 0.0000 . . .", f"2 {wrong:.4f} . . {wrong:.4f}", f"3 {after:.4f} . . {after - wrong:.4f}"]
    answers = check(logistic(table))
    assert [answer.verdict for answer in answers] == ["exact", "slip", "carried", "carried", "carried"]
    assert answers[3].carried_from == ("w of round 2",)


# ── the judge ──


def test_a_wrong_gradient_is_carried_on_into_the_next_round():
    answers = check(worked("dL/dw ~= -4.75", "update η", "w ~= 0.975", "Δw ~= 0.475", before="rate η = 0.1\n"))
    assert [answer.verdict for answer in answers] == ["slip", "carried", "carried"]
    assert answers[1].why == "from dL/dw of round 1: 0.975"


HINTS = {
    # what is printed for w, and what is said
    "w - g": "the rate η is missing",
    "w + 0.1*g": "the step has the wrong sign: the gradient is subtracted",
    "-0.1*g": "the old w is missing: this is the step",
    "g": "this is the gradient dL/dw, not the new w",
    "w - 0.2*g": "the step is taken twice",
}


@pytest.mark.parametrize("line", ["update η", "next w = w - η*dL/dw\nround"], ids=["update", "rule"])
@pytest.mark.parametrize(("wrong", "said"), HINTS.items())
def test_slips_in_steps_are_named(wrong, said, line):
    model = "input x = 1.37, y = 2.61\nparam w = 0.58\np = w*x\nL = (p - y)^2\n"
    printed = evaluate(parse(wrong), {"w": 0.58, "g": 2 * (0.58 * 1.37 - 2.61) * 1.37})
    (answer,) = check(worked(line, f"w ~= {printed:.5f}", before="rate η = 0.1\n", model=model))
    assert answer.verdict == "slip" and said in answer.why, answer


def test_a_slip_in_a_rule_is_named():
    lines = ["next m = 0.9*m + 0.1*dL/dw", "round", "round"]
    right = worked(*lines, before="state m = 0\n").rounds[-1].number_of("m")
    assert right == pytest.approx(0.9 * -0.45 + 0.1 * -4.5)
    slips = {
        -right: "the sign is wrong",
        0.1 * -4.5: "the term 0.9·m is missing",
        -0.45 - 0.45: "the factor 0.9 is missing",
    }
    for wrong, said in slips.items():
        (_, answer) = check(
            worked(lines[0], "round", "m ~= -0.45000", "round", f"m ~= {wrong:.5f}", before="state m = 0\n")
        )
        assert answer.verdict == "slip" and answer.why.endswith(said), answer


# ── readers ──────────────────────────────────────────────────────────────────────────────

MANY = """state n = 0
next n = n + 1
next w = w - 0.05*dL/dw/next n
round × 2
update adam 0.1 of L b × 2
round with x = 2, y = n
update 0.1
restart
update momentum 0.1 0.9 × 5
"""


def many():
    return worked(MANY)


def test_the_tape_walks_thirteen_rounds_and_holds_the_numbers_of_the_run():
    run = many()
    tape = steps(run)
    assert len(tape.rounds) == len(run.rounds) == 13
    for there, here in zip(tape.rounds, run.rounds, strict=True):
        for name, node in here.nodes.items():
            first = run.rounds[0][name]
            assert (there.graph.data_of(first) if first in there.graph else there.memory[name]) == node.data, name
        assert all(there.memory[name] == here.number_of(name) for name in run.sheet.moments)
        taken = [each for each in there.updates if isinstance(each, (Update, Assigned))]
        update = run.sheet.updates[here.number - 1] if here.number < 13 else None
        assert [each.name for each in taken] == list(update.names if update else ())
        for each in taken:
            after = run.rounds[here.number]
            assert (each.before, each.after) == (here.number_of(each.name), after.number_of(each.name))
    cursor = Cursor(tape)
    walked = [list(cursor.data)] + [
        list(cursor.data) for _ in iter(lambda: cursor.position < len(tape) and cursor.forward(), False)
    ]
    for position in (len(tape), 0, *tape.starts[1:-1], 77):
        assert cursor.go(position).data == walked[position]
        assert Cursor(tape, position).data == walked[position]


def test_the_tape_says_how_each_number_goes_on():
    tape = steps(many())
    words = Wording(tape)
    said = [words(step) for step in tape if step.kind == "update"]
    assert said[0] == "n ← n + 1 = 0 + 1 = 1"
    assert said[1] == "w ← w − 0.05·∂L/∂w/next n = 0.5 − 0.05·(−4.5)/1 = 0.725"
    assert "m(b) ← 0.9·m(b) + 0.1·∂L/∂b = 0.9·0 + 0.1·(−2.063) = −0.2063" in said
    assert "x ← 2" in said and "y ← n = 2" in said
    assert any(each.startswith("w ← w − 0.1·∂L/∂w = ") for each in said)


def test_another_number_goes_on_by_the_same_rules():
    run, tape = many(), steps(many())
    w = tape.graph["w"]
    other = tape.with_numbers({w: 0.7}, 2)
    sheet = Sheet.parse((LINE + MANY).replace("round × 2", "round\nround"))
    here = sheet.at(
        {**{leaf.name: run.rounds[1][leaf.name].data for leaf in sheet.leaves}, "w": 0.7}, 2, run.rounds[1].memory
    )
    for update, there in zip(sheet.updates[1:6], other.rounds[1:]):
        assert [there.graph.data_of(tape.graph[name]) for name in "wbp"] == [here[name].data for name in "wbp"]
        here = here.followed(update)


@pytest.mark.parametrize("rule", ["w - g/H", "w - dL/dw/(d²L/dw²)", "w - g/d²L/dw²"])
def test_a_rule_may_have_second_derivatives(rule):
    model = "param w = 3\nL = w^4\ng = dL/dw\nH = d²L/dw²\nloss L\n"
    run = worked(f"next w = {rule}", "round × 3", "w ~= 0.889", "Δw ~= -0.444", model=model)
    wanted = pytest.approx([3 * (2 / 3) ** k for k in range(4)], rel=1e-14)
    assert course(run, "w") == wanted
    assert [here.graph.data_of(here.graph["w"]) for here in steps(run).rounds] == wanted
    assert all(answer.right for answer in check(run))
    assert "The rounds after 1 need numbers that a page does not compute" in page(run).html


def test_explain_writes_out_how_a_round_goes_on():
    run = many()
    lines = explain(run, round_number=3, digits=4).text().splitlines()
    assert "m(b) ← 0.9·m(b) + 0.1·∂L/∂b = 0.9·0 + 0.1·(−2.063) = −0.2063" in [re.sub(" +", " ", each) for each in lines]
    assert r"\hat{m}\left(b\right) &\leftarrow" in explain(run, round_number=3).latex()
    assert explain(run, round_number=1).json()["updates"][0] == {
        "name": "n",
        "formula": "n + 1",
        "old": 0.0,
        "new": 1.0,
    }
    assert {"name": "n", "old": 3.0, "new": 0.0} in explain(run, round_number=7).json()["updates"]
    plain = explain(run, round_number=6).json()["updates"][0]
    assert plain["name"] == "w" and plain["new"] == plain["old"] - plain["rate"] * plain["slope"]
    assert explain(run, round_number=13).descents == ()


def test_a_picture_of_any_round():
    run = worked("update 0.1", "w ~= 1.5")
    answers = check(run)
    first, second = (draw(run, marks=answers, round_number=number).source for number in (1, 2))
    words = " ".join(re.sub("<[^<>]*>", " ", first).split())
    assert "1 wrong published number has no place here" in words and "no place" not in second
    assert ">0.95<" in second and ">0.95<" not in first
    with pytest.raises(SheetError, match="there is no round 3; the sheet has 2 rounds"):
        draw(run, round_number=3)


def told(capsys, *commands):
    converse(Session(many()), "; ".join(commands))
    said = capsys.readouterr()
    return said.out + said.err


def test_the_debugger_knows_every_round_and_what_is_remembered(capsys):
    said = told(capsys, "goto round 3", "p n", "p m(b)", "goto upd 2", "p m(b)", "goto round 4", "p w, m̂(b)")
    m = many().rounds[3].number_of("m(b)")
    assert "round 3 begins" in said and "n = 2" in said and "m(b) = 0\n" in said and f"m(b) = −{-m:.6g}" in said
    assert "no round 40 here; the tape has 13 rounds" in told(capsys, "goto round 40")
    assert "in place of `round` that followed" in told(capsys, "goto round 2", "update 0.1")


ASKED = {
    # what is typed in round 2 of `many`, and what is said; the round before is the first
    "p before(w), before(dL/dw), before(n)": ["before(w) = 0.5", "before(dL/dw) = −4.5", "before(n) = 0"],
    "p Δw": ["Δw = 0.225"],
    "p w - before(w) - Δw": ["w - before(w) - Δw = 0"],
    "p ΔL": ["L is not computed yet at round 2 fwd 1/3"],
    "goto upd 2; p w, Δw, Δn": ["Δw = 0.225", "Δn = 1"],
    "check Δw 0.225": ["✓ exact: Δw = 0.225"],
    "check before(w) 0.6": ["✗ slip: before(w) = 0.5, not 0.6; should be 0.5"],
    "check m(b) 0.1": ["✗ slip: m(b) = 0, not 0.1"],
    "goto round 4; p before(m(b)), m_hat(b), Δx": ["before(m(b)) = 0", "m_hat(b) = −2.06344", "Δx = 0"],
    "goto round 1; p Δw, before(w)": ["round 1 has no round before it\nround 1 has no round before it"],
    "p before(q)": ["no value is called 'q'"],
    "b m(b)": ["no step of a pass is about m(b); p m(b) shows it, and b phase:update stops where such numbers change"],
    "p d²L/dw²": ["∂²L/∂w² = "],
}


@pytest.mark.parametrize(("typed", "said"), ASKED.items(), ids=ASKED)
def test_the_debugger_knows_the_round_before(typed, said, capsys):
    found = told(capsys, "goto round 2", typed)
    for each in said:
        assert each in found or each in found.replace("\n", " "), found


def test_a_page_opens_at_any_round_and_goes_on_as_the_sheet_does():
    made = page(many(), round_number=3)
    assert '"round":3' in held(made.html) and '"memory":{"n":0.0' in held(made.html)
    assert "(n) => n[0] + 1.0" in made.html


# ── mistakes ─────────────────────────────────────────────────────────────────────────────

MISTAKES = [
    # the lines, where the last of them is wrong, and what is said
    ("update 0.1 momentum 0.9", "momentum", "the optimiser comes first: write update momentum 0.1 0.9"),
    ("update sgd 0.1", "sgd", "plain descent has no name: write update 0.1"),
    ("update fast", "fast", "'fast' is no learning rate; write update 0.01"),
    ("update AdamW 0.1", "AdamW", "'AdamW' is no learning rate; write update adam 0.001"),
    ("update NAdam 0.1", "NAdam", "'NAdam' is no learning rate; write update adam 0.001"),
    ("update RMS 0.1", "RMS", "'RMS' is no learning rate; write update rmsprop 0.01"),
    ("update adadelta 0.1", "adadelta", "'adadelta' is no learning rate; write update 0.01"),
    ("update w", "w", "'w' is no learning rate; write update 0.01"),
    ("update η × 2.5", "2.5", "2.5 is no number of times; write update η × 3"),
    ("update η × -1", "-1", "-1 is no number of times; write update η × 3"),
    ("update η × 2 of L w", " × 2 of L w", "how often comes last: write update η of L w × 2"),
    ("update η with x = 2", "with x = 2", "and then round with x = 2"),
    ("update p", "p", "'p' is no learning rate; write rate p = 0.1 above"),
    ("update y", "y", "'y' is no learning rate; write rate y = 0.1 above"),
    ("update momentum 0.1", "momentum 0.1", "momentum takes rate, momentum; write update momentum 0.1 0.9"),
    ("update adam", "adam", "adam takes rate, [beta1], [beta2], [epsilon]; write update adam 0.001"),
    ("update adagrad 0.1 1e-8 3", "adagrad 0.1 1e-8 3", "adagrad takes rate, [epsilon]; write update adagrad 0.1"),
    ("update momentum 0.1 1.5", "1.5", "the momentum of momentum is at least 0 and below 1"),
    ("update adam 0.1 0.9 0.99 0", "0", "the epsilon of adam is above 0"),
    ("update adam 0.1 of q", "q", "'q' is not defined yet"),
    ("update adam 0.1 of L x", "x", "'x' is no param, and only params are updated"),
    ("update adam 0.1 of L w, w", "w", "'w' is named twice; it takes one step"),
    (
        "update adam 0.1\nupdate rmsprop 0.1 0.9",
        "rmsprop 0.1 0.9",
        "v(w) is what adam remembers so far; write restart first",
    ),
    ("update 0.1 × 0", "0.1 × 0", "0 times is never; delete the line"),
    (
        "update 0.1 × 100000",
        "0.1 × 100000",
        "that makes 100,001 rounds; a sheet has at most 100,000; MICROGRID_PATIENCE=10 allows 10 times as many",
    ),
    (
        "repeat 999999: update 0.1",
        "0.1",
        "that makes 1,000,000 rounds; a sheet has at most 100,000; MICROGRID_PATIENCE=10 allows 10 times as many",
    ),
    ("repeat 3 update 0.1", "repeat 3 update 0.1", "repeat what? write repeat 13: update 0.1"),
    ("next q = 1", "q", "'q' is not defined; write state q = 0 first"),
    ("next x = 1", "x", "'x' is no param and no state, and only these have a rule; write round with x = …"),
    ("next p = 1", "p", "'p' is no param and no state, and only these have a rule; write state p = 0"),
    ("next w = next q", "q", "unexpected 'q' after 'next'"),
    ("next w = next x", "next x", "'x' is no param and no state, and only these go on by rules"),
    ("next w = before(w)", "before(w)", "a rule has the numbers of its own round; keep w in a state"),
    ("next w = 1\nnext w = 2", "w", "'w' has a rule already, on line 6"),
    ("next w = next b\nround", "round", "next w needs next b, which has no rule; write next b = …"),
    ("next w = next b\nnext b = next w\nround", "round", "next w and next b: each needs another one first, a circle"),
    ("round", "round", "a round goes on by rules, and there is none yet; write next w = w - 0.1*dL/dw first"),
    ("round × 3", "round × 3", "a round goes on by rules, and there is none yet"),
    ("round three", "round three", "round what? write round, round × 3 or round with x = 2"),
    ("round with w = 2", "w", "'w' is no input and no target; write next w = …"),
    ("round with x", "x", "an input and its number belong here: round with x = 2"),
    ("round with x = 2, x = 3", "round with x = 2, x = 3", "'x' is given twice"),
    ("restart", "restart", "restart puts back the first numbers, and nothing has changed them yet"),
    ("restart now", "restart now", "restart what? write restart, or restart with w = 2"),
    ("restart with q = 2", "q", "'q' is not defined yet"),
    ("restart with p = 2", "p", "'p' is no param, input, target or state: it has no other first number"),
    ("restart with w", "w", "a name and its number belong here: restart with w = 2"),
    ("restart with w = b", "b", "a first number is a number; 'b' makes it a formula"),
    ("update 0.1\nrestart\nΔw ~= 1", "Δw", "round 3 has no round before it; a restart leads to round 3"),
    ("update 0.1\nbefore(w*x) ~= 1", "before", "before takes a name or a derivative, before(w) or before(dL/dw)"),
    ("update 0.1\nΔ(w) ~= 1", "Δ", "the change of w is written Δw"),
    ("update 0.1\nz = 2*w", "z", "every round computes the same; move this above the update on line 6"),
    ("update 0.1\nrate ρ = 0.1", "ρ", "every round computes the same; move this above the update on line 6"),
    ("at round 2: w ~= 1", "2", "there is no round 2; the sheet has 1 round"),
    ("update 0.1 × 2\nat round 9: w ~= 1", "9", "there is no round 9; the sheet has 3 rounds"),
    ("at round 0: w ~= 1", "0", "rounds count from 1"),
    ("at round 1 w ~= 1", "at round 1 w ~= 1", "at what? write at round 3: w ~= 0.24"),
    ("at round 1: q ~= 1", "q", "'q' is not defined yet"),
    ("at round 1: z = 2", " z = 2", "a check belongs here: at round 3: w ~= 0.24"),
    ("at round 1: Δw ~= 2", "Δw", "round 1 has no round before it"),
    ("before(w) ~= 1", "before(w)", "round 1 has no round before it"),
    ("update 0.1\nbefore(q) ~= 1", "before(q)", "'q' is not defined yet"),
    ("dL/dw == before(w)", "before(w)", "round 1 has no round before it"),
    ("z = m(w)", "m", "no function is called 'm'"),
    ("z = Δw", "", "before(w) is of another round, and every round computes the same; carry it in a state"),
    ("table epoch w b", "table epoch w b", "write table round w b; epoch 0 is round 1"),
    ("table k w", "table k w", "write table round w; k 0 is round 1"),
    ("table round w b\n1 0,5 .", "0,5", "'0,5' is no printed number; write 0.5"),
    ("table round w q", "q", "'q' is not defined yet"),
    ("table round w b\n1 0.5 0.1 0.2", "0.2", "a number too many: the table has 2 columns besides the round"),
    ("table round w b\n1 0.5", "", "nothing stands here for b; write . where nothing is printed"),
    ("table round w b\n1 0.5 +", "+", "'+' is no printed number; write . where nothing is printed"),
    ("table round w b\n1 0.5 x1", "x1", "'x1' is no printed number; write . where nothing is printed"),
    ("table round w b\n2 0.5 .", "2", "there is no round 2; the sheet has 1 round"),
    ("table round w b\n0 0.5 .", "0", "rounds count from 1"),
    ("table round w Δw\n1 0.5 0.1", "0.1", "round 1 has no round before it"),
    ("table round w b\nw ~= 0.5\n1 0.5 0.1", "1 0.5 0.1", "a line is an equation, a check"),
]


@pytest.mark.parametrize(("lines", "place", "message"), MISTAKES, ids=[each[0] for each in MISTAKES])
def test_mistakes_are_told_with_their_place(lines, place, message):
    with pytest.raises(SheetError) as caught:
        Sheet.parse("rate η = 0.1\n" + LINE + lines, "a.sheet")
    first, line, carets = str(caught.value).splitlines()[:3]
    number = 5 + len(lines.splitlines())
    assert first.startswith(f"a.sheet:{number}:") and message in first, str(caught.value)
    begin = len(carets) - len(carets.lstrip())
    if place:
        assert line[begin : begin + max(1, carets.count("^"))].strip() == place.strip(), str(caught.value)


def test_every_mistake_is_told_at_once_in_the_order_of_the_lines():
    lines = ["at round 7: w ~= 0.5", "next q = 1", "update 0.1 momentum 0.9", "table round w", "1 x", "5 0.5", "w = 3"]
    with pytest.raises(SheetError) as caught:
        Sheet.parse(LINE + "\n".join(lines))
    assert re.findall(r"<sheet>:(\d+):", str(caught.value)) == ["6", "7", "9", "11"]


def test_ten_thousand_rounds_are_read_and_worked():
    run = Sheet.parse("param w = 1\nL = w^2\nupdate 0.0001 × 9999\nat round 10000: w ~= 0.1353").run()
    assert len(run.rounds) == 10_000 and check(run)[0].verdict == "exact"
