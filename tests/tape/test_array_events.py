"""Vectors and matrices on the tape: events of all elements, whose numbers are those of the elements to the bit."""

from __future__ import annotations

from collections import Counter

import pytest
from array_sheets import STEPPED_SHEETS as SHEETS
from tapes import bits, plain

from microgrid import Sheet
from microgrid.answers import VERDICTS, check
from microgrid.sheet.arrays.writing import written
from microgrid.tape import Backward, Cursor, Seed, Together, steps
from microgrid.tape.array_shares import ArrayShares
from microgrid.tape.wording import Wording

RUNS = {name: Sheet.parse(text, name).run() for name, text in SHEETS.items()}
each_sheet = pytest.mark.parametrize("name", RUNS)


def gradients(tape):
    return {(step.round, step.name): step.after for step in tape if isinstance(step, (Seed, Backward))}


def told(step):
    return tuple(sorted((key, str(value)) for key, value in plain(step).items()))


@each_sheet
def test_the_steps_are_those_of_the_elements_in_another_order(name):
    vector, element = steps(RUNS[name]), steps(RUNS[name], "element")
    assert (vector.level, element.level, element.events[3]) == ("vector", "element", element[3])
    assert Counter(map(told, vector)) == Counter(map(told, element))
    ours, theirs = gradients(vector), gradients(element)
    assert ours.keys() == theirs.keys()
    assert bits(ours.values()) == bits(theirs[key] for key in ours)


@each_sheet
def test_every_round_ends_with_the_gradients_of_backward(name):
    run = RUNS[name]
    for (number, quantity), gradient in gradients(steps(run)).items():
        wanted = run.rounds[number - 1].gradients[quantity]
        assert abs(gradient - wanted) <= 1e-12 * max(1, abs(wanted)), (number, quantity)


@each_sheet
def test_a_jump_leads_to_where_the_steps_lead(name):
    tape = steps(RUNS[name])
    walked, jumped = Cursor(tape), Cursor(tape)
    for position in range(0, len(tape) + 1, max(1, len(tape) // 40)):
        walked.go(position)
        jumped._jump(position)
        assert (walked.data, walked.shares) == (jumped.data, jumped.shares)
        assert bits(walked.grad) == bits(jumped.grad)
    for _ in range(len(tape)):
        walked.back() if walked.position else None
    assert walked.position == 0 and not any(walked.shares)


@each_sheet
def test_the_spans_of_the_events_are_all_of_the_tape_and_each_position_is_at_an_end_or_inside_of_one(name):
    events = steps(RUNS[name]).events
    ends = [events.span(k) for k in range(len(events))]
    assert [start for start, _ in ends] == [0, *(end for _, end in ends[:-1])]
    assert [events.inside(position) for position in range(ends[-1][1] + 1)] == [
        (0, 0), *((at, end - start) if at < end - start else (0, 0) for start, end in ends for at in range(1, end - start + 1))
    ]  # fmt: skip


@each_sheet
def test_an_event_is_all_elements_of_an_array_and_the_events_are_the_tape(name):
    run = RUNS[name]
    tape, wholes = steps(run), {each.called: each for each in run.sheet.wholes}
    events = list(tape.events)
    flat = [step for each in events for step in (each.steps if isinstance(each, Together) else [each])]
    assert flat == list(tape) and len(events) < len(tape)
    for event in events:
        if isinstance(event, Together) and event.kind in ("forward", "complete"):
            assert sorted(step.name for step in event.steps) == sorted(wholes[event.name].elements)
    forward = [event.name for event in events if event.kind == "forward" and event.round == 1]
    assert len(forward) == len(set(forward))


@each_sheet
def test_what_lies_between_two_places_is_whole_events_and_the_steps_at_its_ends(name):
    tape = steps(RUNS[name])
    ends = {0, *tape.events.ends}
    for start in range(0, len(tape), max(1, len(tape) // 25)):
        for end in range(start, min(len(tape), start + 30) + 1):
            passed = tape.events.between(start, end)
            parts = [each.steps if isinstance(each, Together) else (each,) for each in passed]
            assert [step for some in parts for step in some] == tape[start:end]
            if start in ends and end in ends:
                assert len(passed) == tape.events.taken(end) - tape.events.taken(start)


@each_sheet
def test_nobody_reads_of_an_affine_function(name):
    for level in ("vector", "element"):
        tape = steps(RUNS[name], level)
        words = Wording(tape, RUNS[name].sheet.formulas)
        for each in tape.events:
            assert "affine(" not in words(each) and "affine(" not in words.plan(each), words(each)


def test_the_sentences_of_a_network():
    tape = steps(RUNS["network"])
    words = Wording(tape)
    said = [words(each) for each in tape.events if each.round == 1 and each.kind != "complete"]
    for sentence in (
        "z1 = W1 @ x + b1 = [0.24, 0.42]",
        "ŷ = sigmoid(W2 @ a1 + b2) = 0.7648",
        "∂L/∂z1 += ∂L/∂a1 ⊙ a1 ⊙ (1 − a1) = [−0.03478, −0.05066]",
        "∂L/∂W1 += ∂L/∂z1 @ xᵀ = [−0.01739 −0.003478; −0.02533 −0.005066]",
        "W1 ← W1 − 0.1·∂L/∂W1 = [0.2017 0.4003; 0.3025 0.7005]",
    ):
        assert sentence in said, said


def test_a_sentence_about_one_sample_says_so_once():
    words = Wording(tape := steps(RUNS["samples"]))
    said = [words(each) for each in tape.events]
    assert "sample 2: z = W @ [x1, x2] + b = [−0.2, 0.7]" in said
    assert any(each.startswith("sample 3: ∂C/∂v += ∂C/∂p·p·(1 − p)·tanh(z)ᵀ = ") for each in said)
    assert any(each.startswith("C = mean over samples of L = ") for each in said)


PASTED = [name for name in RUNS if name not in ("samples", "mixed", "large")]  # whose gradients are one formula each


@pytest.mark.parametrize("name", PASTED)
def test_the_formula_of_a_share_is_judged_right_by_the_sheet(name):
    text, run = SHEETS[name].partition("\nupdate")[0].partition("\nnext")[0], RUNS[name]
    tape = steps(run)
    shares = ArrayShares(run.sheet, tape.view, tape.rounds[0].grad)
    lines = []
    for parent, users in shares.users.items():
        formulas = [shares.formula(child, parent) for child in users]
        if parent in shares.wholes and None not in formulas:
            total = " + ".join(f"({written(each, 10_000)})" for each in formulas)
            lines.append(f"d{run.sheet.loss}/d{parent} == {total}")
    assert len(lines) > 1
    for answer in check(Sheet.parse("\n".join([text, *lines])).run()):
        assert VERDICTS[answer.verdict].counts == "right", (answer.quantity, answer.printed, answer.why)


@each_sheet
def test_a_gradient_is_said_to_be_complete_where_it_is(name):
    tape = steps(RUNS[name])
    say, events = Wording(tape), [event for event in tape.events if isinstance(event, Together)]
    assert {event.kind for event in events} >= {"forward", "backward", "complete"}
    for event in events:
        is_complete = event.kind == "complete"
        assert say(event).endswith(" is complete") == say.plan(event).endswith(" = … is complete") == is_complete
