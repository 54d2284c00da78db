"""Random programs over arrays against NumPy and HIPS autograd: values, gradients, Jacobians."""

import autograd.numpy as np
import pytest
from programs import Program, shape

from microgrid import Sheet

EACH, QUICK, SAMPLES = 100, 15, 3
CHUNKS = [pytest.param(0, marks=pytest.mark.quick), *(pytest.param(k, marks=pytest.mark.once) for k in range(1, 21))]
CLOSE = 1e-12


def elements(name, array):
    """The names of the elements of an array, each with its number."""
    if not shape(array):
        return {name: float(array)}
    return {f"{name}[{','.join(str(i + 1) for i in place)}]": float(each) for place, each in np.ndenumerate(array)}


def agree(found, wanted, what):
    assert abs(found - wanted) <= CLOSE * max(1.0, abs(wanted)), (what, found, wanted)


@pytest.mark.filterwarnings("ignore:Output seems independent:UserWarning")
@pytest.mark.parametrize("chunk", CHUNKS)
def test_values_and_gradients_are_those_of_numpy(chunk):
    for seed in range(chunk * EACH, chunk * EACH + (EACH if chunk else QUICK)):
        program = Program(seed)
        text = program.grow()
        here = Sheet.parse(text, f"seed {seed}").run().rounds[0]
        values, slopes = program.worked(program.start), program.gradient()
        for name, array in values.items():
            for element, number in elements(name, array).items():
                agree(here[element].data, number, (text, element))
        for name, array in slopes.items():
            for element, number in elements(name, array).items():
                agree(here.derivative("L", element), number, (text, element))
        of = program.pick(lambda value: np.ndim(value) == 1)
        for by in [name for name, array in program.start.items() if np.ndim(array) == 1 and of not in program.start]:
            for place, number in np.ndenumerate(program.jacobian(of, by)) if of else ():
                i, j = (k + 1 for k in place)
                agree(here.derivative(f"{of}[{i}]", f"{by}[{j}]"), number, (text, of, by, i, j))


@pytest.mark.filterwarnings("ignore:Output seems independent:UserWarning")
@pytest.mark.parametrize("chunk", CHUNKS[:4])
def test_each_sample_has_its_own_numbers_and_the_loss_is_their_mean(chunk):
    for seed in range(chunk * EACH, chunk * EACH + (EACH if chunk else QUICK)):
        program = Program(100_000 + seed, SAMPLES)
        text = program.grow(lines=6)
        run = Sheet.parse(text, f"seed {seed}").run()
        here, means = run.rounds[0], {}
        assert run.sheet.loss == "mean over samples of L"
        for sample in range(1, SAMPLES + 1):
            end = f" at sample {sample}"
            for name, array in program.worked(program.start, sample).items():
                for element, number in elements(name, array).items():
                    varies = element + end in here.nodes
                    assert varies or element not in ("L", "y", "i1"), element
                    agree(here[element + end if varies else element].data, number, (text, element, sample))
            for name, array in program.gradient(sample).items():
                for element, number in elements(name, array).items():
                    agree(here.derivative(f"L{end}", element), number, (text, element, sample))
                    means[element] = means.get(element, 0.0) + number / SAMPLES
        for element, number in means.items():
            agree(here.derivative(run.sheet.loss, element), number, (text, element))
