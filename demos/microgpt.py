"""A GPT of 4,064 parameters learns to spell first names, and every number in it can be asked about.

python demos/microgpt.py

One layer, four heads, sixteen channels; RMSNorm, causal attention, ReLU, no biases. It is recorded once for names of
every length: which letter stands where, which one comes next, and how much each place counts, are inputs. Thirty-two
names are a step of the compiled program. What comes after a place cannot change it, so a place that counts nothing
is as good as none.
"""

from pathlib import Path

import numpy as np

from microgrid import Program, explain, values_like
from microgrid.engine.functions import logsumexp, softmax

NAMES = (Path(__file__).parent / "names.txt").read_text().split()
LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # the dot begins and ends a name
WIDTH, HEADS, BLOCK = 16, 4, 8
BATCH, STEPS, RATE, BETAS = 32, 300, 0.01, (0.85, 0.99)


def tables(seed):
    """All parameters, by name."""
    rng = np.random.default_rng(seed)
    shapes = {"wte": (len(LETTERS), WIDTH), "wpe": (BLOCK, WIDTH), "w1": (WIDTH, 4 * WIDTH), "w2": (4 * WIDTH, WIDTH)}
    shapes |= {**dict.fromkeys(("wq", "wk", "wv", "wo"), (WIDTH, WIDTH)), "head": (WIDTH, len(LETTERS))}
    return {name: values_like(rng.normal(0, 0.08, shape), role="parameter") for name, shape in shapes.items()}


def gpt(p, letters):
    """Every stage of it: for each place the scores of the next letter. Letters are numbers, or rows of a table."""
    rows = letters @ p["wte"] if letters.ndim > 1 else p["wte"][letters]
    x = normed(rows + p["wpe"][: len(letters)])
    n = normed(x)
    q, k, v = n @ p["wq"], n @ p["wk"], n @ p["wv"]
    size = WIDTH // HEADS
    attn, mixed = [], np.empty_like(v)
    for at in range(0, WIDTH, size):
        part = slice(at, at + size)
        attn.append([softmax(k[: t + 1, part] @ q[t, part] / size**0.5) for t in range(len(x))])
        for t, weights in enumerate(attn[-1]):
            mixed[t, part] = weights @ v[: t + 1, part]
    y = x + mixed @ p["wo"]
    h = np.maximum(normed(y) @ p["w1"], 0)
    scores = (y + h @ p["w2"]) @ p["head"]
    return {"x": x, "q": q, "k": k, "v": v, "attn": attn, "mixed": mixed, "y": y, "h": h, "scores": scores}


def normed(x):
    """RMSNorm: of each row the mean square is 1."""
    return x * (np.mean(x * x, axis=1, keepdims=True) + 1e-5) ** -0.5


def loss(scores, following, shares):
    """The cross-entropy of the letters that follow, each place with its share."""
    right = [row @ y if np.ndim(y) else row[y] for row, y in zip(scores, following)]
    return sum(share * (logsumexp(row) - z) for share, row, z in zip(shares, scores, right))


# ── one name, node by node ─────────────────────────────────────────────────────────────────


def spelt(name):
    """The letters of a name, those that follow, and their shares."""
    places = np.array([LETTERS.index(each) for each in f".{name}."])
    return places[:-1], places[1:], np.full(len(name) + 1, 1 / (len(name) + 1))


def recorded(p, name):
    """The loss of a name, and every stage on the way to it."""
    letters, following, shares = spelt(name)
    stages = gpt(p, letters)
    return loss(stages["scores"], following, shares), {**p, **stages}


# ── every name, compiled ───────────────────────────────────────────────────────────────────


def compiled(p):
    """The loss of any name as a program: its inputs are what `row` says of the name, its outputs the scores."""
    letters, following = (values_like(np.zeros((BLOCK, len(LETTERS)))) for _ in "xy")
    shares = values_like(np.zeros(BLOCK))
    scores = gpt(p, letters)["scores"]
    inputs = [*letters.flat, *following.flat, *shares]
    return Program(loss(scores, following, shares), inputs, parameters(p), outputs=list(scores.flat))


def parameters(p):
    return [each for table in p.values() for each in table.flat]


def row(name):
    """A name as one row of numbers: a 1 for each letter, and for each that follows, and the shares."""
    letters, following, shares = spelt(name)
    found = np.zeros((2, BLOCK, len(LETTERS)))
    for table, places in zip(found, (letters, following)):
        table[np.arange(len(places)), places] = 1
    return np.concatenate([*found.reshape(2, -1), np.pad(shares, (0, BLOCK - len(shares)))])


def train(p, steps=STEPS, batch=BATCH, seed=0):
    """Adam on batches of names, its rate falling to 0; the loss of each step, and the program."""
    program, rng = compiled(p), np.random.default_rng(seed)
    X = np.array([row(name) for name in NAMES])
    theta = np.array([each.data for each in parameters(p)])
    mean, square, losses = np.zeros_like(theta), np.zeros_like(theta), []
    for step in range(1, steps + 1):
        found, gradient = program.value_and_grad(X[rng.integers(len(X), size=batch)], theta)
        losses.append(found.mean())
        gradient /= batch
        mean += (1 - BETAS[0]) * (gradient - mean)
        square += (1 - BETAS[1]) * (gradient**2 - square)
        rate = RATE * (1 - (step - 1) / steps)
        theta -= rate * mean / (1 - BETAS[0] ** step) / (np.sqrt(square / (1 - BETAS[1] ** step)) + 1e-8)
    for each, number in zip(parameters(p), theta):
        each.data = float(number)
    return losses, program


def invented(program, rng, temperature=0.7):
    """A name that it makes up, letter by letter."""
    name = ""
    while len(name) < BLOCK - 1:
        scores = program.run([row(name)]).outputs.reshape(BLOCK, len(LETTERS))[len(name)]
        chances = np.exp((scores - scores.max()) / temperature)
        letter = LETTERS[rng.choice(len(LETTERS), p=chances / chances.sum())]
        if letter == ".":
            break
        name += letter
    return name


if __name__ == "__main__":
    p = tables(seed=0)
    losses, program = train(p)
    print(f"{len(NAMES)} names, {len(parameters(p)):,} parameters; {program!r}")
    print(f"loss {losses[0]:.3f} → {np.mean(losses[-50:]):.3f}; by chance it is ln 27 = {np.log(27):.3f}")
    rng = np.random.default_rng(1)
    made = [invented(program, rng) for _ in range(40)]
    print("it makes up:", ", ".join(dict.fromkeys(name for name in made if name not in NAMES)))

    L, stages = recorded(p, "emma")
    L.backward()
    attn = stages["attn"]
    looks = ", ".join(f"{each.data:.3f} at {letter!r}" for each, letter in zip(attn[2][3], ".emm"))
    print(f"\nAt the second m of 'emma', head 2 looks {looks}.")
    print("What the loss says of its look at the 'e':\n")
    print(explain(L, wrt=attn[2][3][1], names={"L": L, **stages}))
    # draw(L, names={"L": L, **stages}).save("gpt.svg") has a card for each stage.
