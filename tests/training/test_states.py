"""Optimisers saved and taken up again: to the bit, through JSON, or not at all."""

import json

import pytest
from outside import engine

from microgrid import GraphError, Value, nn
from microgrid.training.optim import SGD, Adagrad, Adam, AdamW, Cosine, RMSprop

MAKERS = {
    "SGD": lambda p: SGD(p, 0.1),
    "SGD with momentum": lambda p: SGD(p, 0.1, 0.9, nesterov=True, weight_decay=0.01),
    "Adam": lambda p: Adam(p, 0.05, (0.8, 0.95)),
    "AdamW": AdamW,
    "RMSprop": lambda p: RMSprop(p, 0.02, 0.9),
    "Adagrad": Adagrad,
}


def descend(model, optimizer, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        (model([0.5, -1.0]) - 2.0).pow(2).backward()
        optimizer.step()


@pytest.mark.parametrize("name", MAKERS)
def test_a_run_that_was_interrupted_goes_on_to_the_bit(name):
    whole, first = nn.MLP(2, [3, 1], "tanh", seed=1), nn.MLP(2, [3, 1], "tanh", seed=1)
    optimizer, before = MAKERS[name](whole.parameters()), MAKERS[name](first.parameters())
    descend(whole, optimizer, 7)
    descend(first, before, 4)
    text = json.dumps(before.state_dict())
    second = nn.MLP(2, [3, 1], "tanh", seed=9)
    for parameter, there in zip(second.parameters(), first.parameters()):
        parameter.data = there.data
    after = MAKERS[name](second.parameters())
    after.load_state_dict(json.loads(text))
    descend(second, after, 3)
    assert [p.data for p in second.parameters()] == [p.data for p in whole.parameters()]
    assert after.state_dict() == optimizer.state_dict()


def test_settings_come_with_the_state_and_a_schedule_stays():
    w = Value(1.0)
    optimizer = Adam([w], rate=0.5)
    optimizer.load_state_dict(Adam([Value(2.0)], rate=0.25, betas=(0.5, 0.75), epsilon=1e-3).state_dict())
    assert (optimizer.rate, optimizer.betas, optimizer.epsilon) == (0.25, (0.5, 0.75), 1e-3)
    planned = SGD([w], Cosine(0.1, steps=10), momentum=0.9)
    saved = planned.state_dict()
    assert saved["rate"] is None
    saved["taken"] = 10
    planned.load_state_dict(saved)
    assert planned.rate < 1e-9


def test_a_state_is_a_copy():
    w = Value(1.0)
    optimizer = SGD([w], 0.1, momentum=0.9)
    saved = optimizer.state_dict()
    w.grad = 1.0
    optimizer.step()
    assert saved["state"] == [[0.0]] and optimizer.state_dict()["state"] == [[1.0]]


REFUSED = [
    (lambda: Adam([Value(1.0)]).state_dict(), "this is the state of Adam, not of SGD; load it into an optimiser of its kind"),
    (lambda: SGD([Value(1.0), Value(2.0)], 0.1, 0.9).state_dict(), "the state is of 2 parameters, and SGD moves 1; give it the same, in the same order"),
    (lambda: {"state": []}, "the state of an optimiser has optimiser, rate, settings, taken, state; give what state_dict() gave"),
    (lambda: 3, "the state of an optimiser has optimiser, rate, settings, taken, state; give what state_dict() gave"),
    (lambda: SGD([Value(1.0)], 0.1).state_dict(), "SGD remembers 1 number of each parameter, and the state 0; give it the same momentum"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "message"), REFUSED)
def test_another_state_is_refused_and_changes_nothing(state, message):
    optimizer = SGD([Value(1.0)], 0.2, 0.9)
    before = optimizer.state_dict()
    with pytest.raises(GraphError) as caught:
        optimizer.load_state_dict(state())
    assert str(caught.value) == message
    assert optimizer.state_dict() == before


@pytest.mark.parametrize("name", ["RMSprop", "Adagrad"])
def test_what_is_remembered_is_what_pytorch_remembers(name):
    torch = engine("torch")
    w, there = Value(2.0), torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    ours = {"RMSprop": RMSprop, "Adagrad": Adagrad}[name]([w], 0.1)
    theirs = getattr(torch.optim, name)([there], 0.1)
    for k in range(5):
        w.grad, there.grad = 0.3 * k - 0.5, torch.tensor([0.3 * k - 0.5], dtype=torch.float64)
        ours.step()
        theirs.step()
    (kept,) = theirs.state_dict()["state"].values()
    key = {"RMSprop": "square_avg", "Adagrad": "sum"}[name]
    assert w.data == pytest.approx(there.item(), rel=1e-15)
    assert ours.state_dict()["state"][0][0] == pytest.approx(kept[key].item(), rel=1e-15)
