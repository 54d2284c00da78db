"""The lanes: which tests need more than Python, and which ones a person at work runs all the time."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent

# What needs something beside Python, by the beginning of its name.
LANES = {
    "node": ("formula/test_javascript.py",),
    "engine": ("program/test_jax_program.py", "program/test_onnx_export.py", "nn/test_torch_export.py"),
    "demo": ("demos/", "test_benchmarks.py", "answers/test_handwork.py"),
}
BROWSER = "web/test_page.py"  # those of its tests that open a page

# Something of every wing, in under 20 seconds on two cores.
QUICK = (
    "answers/test_judge_page.py",
    "auditing/test_gradcheck.py",
    "debugger/test_lookup.py",
    "derivation/test_derivation.py::test_example_",
    "engine/test_beside.py",
    "engine/test_functions.py",
    "formula/test_printing.py",
    "nn/test_mlp.py",
    "picture/test_render.py",
    "program/test_lowering.py::test_a_",
    "sheet/test_sheet.py::test_a_m",
    "sheet/test_sheet.py::test_a_s",
    "tape/test_nonfinite.py",
    "training/test_optim.py",
    "web/test_page.py::test_a_page_",
    "test_architecture.py",
    "test_micrograd.py::test_it",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its lanes; a file of the package itself, or of the documents, has none."""
    for item in items:
        if TESTS not in item.path.parents:
            continue
        name = f"{item.path.relative_to(TESTS).as_posix()}::{item.name}"
        for lane, beginnings in LANES.items():
            if name.startswith(beginnings):
                item.add_marker(lane)
        if name.startswith(BROWSER) and {"opened", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
        if name.startswith(QUICK) and not item.get_closest_marker("browser"):
            item.add_marker("quick")
