"""The rounds of a sheet and a training are one computation: every parameter is the same after every step, to the bit."""

import random

import pytest

from microgrid import Sheet, Value, fit, nn
from microgrid.formula.optimisers import OPTIMISERS
from microgrid.training.optim import SGD, Adagrad, Adam, RMSprop

STEPS, NETWORKS = 5, 6

# What a line of a sheet takes, drawn at random, and the optimiser of those settings.
MAKERS = {
    "sgd": lambda p, rate: SGD(p, rate),
    "momentum": lambda p, rate, momentum: SGD(p, rate, momentum),
    "nesterov": lambda p, rate, momentum: SGD(p, rate, momentum, nesterov=True),
    "adam": lambda p, rate, beta1=0.9, beta2=0.999, epsilon=1e-8: Adam(p, rate, (beta1, beta2), epsilon),
    "rmsprop": lambda p, rate, decay=0.99, epsilon=1e-8: RMSprop(p, rate, decay, epsilon),
    "adagrad": lambda p, rate, epsilon=1e-10: Adagrad(p, rate, epsilon),
}

# The losses of `fit` as a sheet writes them, the output that they take, and its target.
LOSSES = {
    "squared_error": ("(a - t)^2 * 0.5", "linear", 0.7),
    "mse": ("(a - t)^2", "tanh", -0.3),
    "mae": ("|a - t|", "softplus", 1.5),
    "bce": ("-ln a", "sigmoid", 1),
    "bce_with_logits": ("t*softplus(-a) + (1 - t)*softplus(a)", "linear", 0.25),
}
ACTIVATIONS = ("tanh", "sigmoid", "relu", "leaky_relu", "softplus")


def drawn_settings(rng, name):
    """The rate, every number that must be given, and some of the others."""
    found = [round(rng.uniform(0.001, 0.3), 4)]
    for setting, usual in list(OPTIMISERS[name].settings.items())[1:]:
        if usual is not None and rng.random() < 0.4:
            break
        found.append(10.0 ** rng.randint(-10, -2) if setting == "epsilon" else round(rng.uniform(0, 0.999), 3))
    return found


def update(name, settings):
    word = "" if name == "sgd" else f"{name} "
    return f"update {word}{' '.join(map(repr, settings))} × {STEPS}"


def network_sheet(model, x, loss):
    """The equations of a network of one output: its neurons, line by line, as they add."""
    formula, _, target = LOSSES[loss]
    lines = [*(f"input x{k} = {each!r}" for k, each in enumerate(x, 1)), f"target t = {target!r}"]
    lines += [f"param {name} = {each.data!r}" for name, each in model.named_parameters().items()]
    before = [f"x{k}" for k in range(1, len(x) + 1)]
    for number, layer in enumerate(model.layers, 1):
        for j in range(1, len(layer.neurons) + 1):
            products = [f"w{number}_{j}{k}*{each}" for k, each in enumerate(before, 1)]
            lines.append(f"z{number}_{j} = {' + '.join([f'b{number}_{j}', *products])}")
            fired = f"z{number}_{j}" if layer.activation == "linear" else f"{layer.activation}(z{number}_{j})"
            lines.append(f"a{number}_{j} = {fired}")
        before = [f"a{number}_{j}" for j in range(1, len(layer.neurons) + 1)]
    return [*lines, f"a = {before[0]}", f"L = {formula}"]


def drawn_network(rng, loss):
    """The shape and the activations of a small network, a seed, and a sample."""
    inputs, layers = rng.randint(1, 3), rng.randint(0, 2)
    shape = [*(rng.randint(1, 4) for _ in range(layers)), 1]
    activations = [rng.choice(ACTIVATIONS) for _ in range(layers)]
    settings = (inputs, shape, activations, LOSSES[loss][1])
    return settings, rng.randrange(1000), [round(rng.gauss(0, 1), 3) for _ in range(inputs)]


def bits(numbers):
    return [float(each).hex() for each in numbers]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", MAKERS)
def test_fit_goes_the_rounds_of_the_sheet(name, loss):
    moved = 0
    for number in range(NETWORKS):
        rng = random.Random(f"{name} {loss} {number}")
        settings, (network, seed, x) = drawn_settings(rng, name), drawn_network(rng, loss)
        params = nn.MLP(*network, seed=seed).named_parameters()
        lines = [*network_sheet(nn.MLP(*network, seed=seed), x, loss), update(name, settings)]
        wanted = [bits(here[each].data for each in params) for here in Sheet.parse("\n".join(lines)).run().rounds]
        moved += wanted[0] != wanted[-1]
        for compiled in (False, True):
            model = nn.MLP(*network, seed=seed)
            optimizer = MAKERS[name](model.parameters(), *settings)
            for here in wanted[1:]:
                history = fit(model, [x], [LOSSES[loss][2]], loss, optimizer=optimizer, epochs=1, compiled=compiled)
                assert history.how == ("compiled" if compiled else "node by node: as you wished")
                assert bits(each.data for each in model.parameters()) == here, (number, compiled, lines)
    assert moved > NETWORKS // 2


@pytest.mark.parametrize("name", MAKERS)
def test_values_and_their_optimiser_go_the_rounds_of_the_sheet(name):
    for number in range(NETWORKS):
        rng = random.Random(f"{name} {number}")
        settings = drawn_settings(rng, name)
        numbers = {each: round(rng.gauss(0, 1), 3) for each in ("w1", "w2", "b", "x", "t")}
        given = [f"{'input' if each in 'xt' else 'param'} {each} = {value!r}" for each, value in numbers.items()]
        lines = [*given, "h = tanh(w1*x + b)", "L = (w2*h + b - t)^2 + w1*w2*h", update(name, settings)]
        run = Sheet.parse("\n".join(lines)).run()
        w1, w2, b = params = [Value(numbers[each]) for each in ("w1", "w2", "b")]
        optimizer = MAKERS[name](params, *settings)
        for here in run.rounds:
            assert bits(each.data for each in params) == bits(here[each].data for each in ("w1", "w2", "b")), lines
            memory = [here.number_of(f"{each}(w2)") for each in OPTIMISERS[name].lists]
            assert bits(memory) == bits(column[1] for column in optimizer.state)
            optimizer.zero_grad()
            h = (w1 * numbers["x"] + b).tanh()
            ((w2 * h + b - numbers["t"]) ** 2 + w1 * w2 * h).backward()
            optimizer.step()


def test_every_optimiser_of_sheets_is_tried():
    assert MAKERS.keys() == OPTIMISERS.keys()
