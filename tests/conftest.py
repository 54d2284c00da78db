"""The lanes: which tests need more than Python, and which ones a person at work runs all the time."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from outside import CI, SWITCHES, engine

TESTS = Path(__file__).parent

# How fast a machine is, and what else runs on it, is no property of the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# What a test of a lane cannot do without.
PROGRAMS = {"browser": "chromium", "node": "node", "graphviz": "dot"}

# A test that asks for one of these fixtures is in that lane; others are marked where they stand.
FIXTURES = {"browser": "browser", "node": "node", "jax": "engine", "onnx": "engine", "torch": "engine",
            "numba": "engine"}  # fmt: skip

# Demos and benchmarks that take their time, by the beginning of a test's name.
SLOW = (
    "demos/test_data_demos.py",
    "demos/test_demos.py::test_demo",
    "demos/test_demos.py::test_early_",
    "demos/test_network_demos.py",
    "test_benchmarks.py",
)

# What takes some time and comes to the same on every Python: `.ci/run` leaves it to the newest one.
ONCE = (
    "answers/test_deltas.py::test_the_verdicts_",
    "answers/test_edits.py::test_a_mistake_can_",
    "answers/test_edits.py::test_the_table_",
    "answers/test_handwork.py::test_an_honest_number_",
    "answers/test_handwork.py::test_nothing_rounded_",
    "answers/test_handwork.py::test_the_benchmark_",
    "answers/test_hints.py::test_any_number_",
    "answers/test_hints.py::test_of_targets_",
    "answers/test_hints.py::test_the_planted_",
    "answers/test_identities.py::test_a_long_sheet_",
    "answers/test_identities.py::test_what_is_true_",
    "answers/test_identities.py::test_what_is_wrong_",
    "answers/test_identities_at_random.py",
    "answers/test_judge.py::test_a_random_number_",
    "answers/test_long_courses.py::test_work_grows_",
    "answers/test_sentences.py::test_the_messages_of_a_sheet_",
    "auditing/test_audit.py::test_a_cause_is_found_",
    "auditing/test_audit.py::test_a_planted_",
    "auditing/test_audit.py::test_every_row_",
    "auditing/test_audit.py::test_no_right_pass_",
    "auditing/test_judging.py",
    "auditing/test_staircase.py::test_the_right_slope_",
    "debugger/test_debugger.py::test_a_large_tape_",
    "debugger/test_debugger.py::test_after_any_moves_",
    "debugger/test_debugger.py::test_everything_about_every_demo_",
    "debugger/test_debugger.py::test_no_value_of_the_person_",
    "demos/test_array_demos.py::test_each_is_judged_",
    "derivation/test_derivation.py::test_a_sheet_of_fifty_",
    "derivation/test_derivation.py::test_deep_chains",
    "derivation/test_derivation.py::test_formulas_and_contributions_",
    "derivation/test_derivation.py::test_path_sums_",
    "derivation/test_derivation.py::test_paths_are_counted_",
    "derivation/test_pasting.py::test_every_line_",
    "engine/test_closed.py::test_every_reader_",
    "engine/test_closed.py::test_random_graphs_",
    "engine/test_derivatives.py::test_second_derivatives_",
    "engine/test_derivatives.py::test_the_first_three_",
    "engine/test_derivatives.py::test_the_gradient_",
    "engine/test_derivatives.py::test_the_graph_of_",
    "engine/test_value.py::test_a_million_",
    "engine/test_value.py::test_gradients_of_random_graphs_",
    "formula/test_expression.py::test_a_hundred_thousand_",
    "formula/test_expression.py::test_a_long_formula_",
    "formula/test_ops.py::test_textbook_derivatives_",
    "formula/test_ops.py::test_the_careful_path_",
    "formula/test_ops.py::test_value_and_local_derivatives_",
    "formula/test_parser.py::test_what_is_printed_",
    "picture/test_picture.py::test_every_label_",
    "picture/test_picture.py::test_nasty_labels_",
    "picture/test_picture.py::test_pictures_with_ids_",
    "picture/test_picture.py::test_tooltips_",
    "picture/test_views.py::test_any_scope_",
    "picture/test_views.py::test_every_level_",
    "picture/test_views.py::test_gradients_can_be_read_",
    "picture/test_views.py::test_tooltips_",
    "program/test_closed_pass.py::test_random_graphs_",
    "program/test_jax_program.py::test_random_graphs_",
    "program/test_lowering.py::test_scheduling_",
    "program/test_program.py::test_a_node_may_read_",
    "program/test_program.py::test_exact_is_",
    "program/test_program.py::test_random_graphs_",
    "program/test_program.py::test_single_precision_",
    "program/test_program.py::test_values_has_",
    "sheet/test_reading.py::test_the_longest_lines_",
    "sheet/test_sheet.py::test_a_large_sheet_",
    "tape/test_cursor.py::test_every_position_of_a_sheet_",
    "tape/test_tape.py::test_a_million_",
    "tape/test_tape.py::test_the_order_of_the_steps_",
    "tape/test_wording.py::test_every_step_of_every_sheet_",
    "training/test_losses.py::test_cross_entropy_",
    "training/test_losses.py::test_log_softmax_is_right_",
    "training/test_plots.py::test_a_boundary_",
    "web/test_packing.py",
    "web/test_page.py::test_a_demo_is_a_small_file_",
    "web/test_tutor.py::test_the_page_judges_",
    "workbench/test_read_text.py::test_every_demo_",
    "test_architecture.py::test_a_wing_",
    "test_architecture.py::test_dots_",
    "test_architecture.py::test_functions_",
    "test_architecture.py::test_modules_",
    "test_architecture.py::test_no_",
    "test_bombs.py",
    "test_cli.py::test_a_terminal_shows_",
    "test_cli.py::test_check_judges_",
    "test_cli.py::test_check_of_several_",
    "test_endings.py::test_a_command_that_is_told_",
    "test_fuzzing.py::test_some_inputs_",
    "test_fuzzing.py::test_what_goes_wrong_",
    "test_lanes.py::test_what_is_missing_",
    "test_prompt_forms.py::test_pictures_are_svg_",
    "test_mutation.py",
    "test_streams.py::test_every_command_says_",
    "test_streams.py::test_lines_are_laid_out_",
    "test_streams.py::test_whatever_there_is_",
    "test_trust.py::test_every_test_",
    "test_whole_files.py::test_a_writing_that_is_broken_",
    "test_whole_files.py::test_one_module_",
    "test_whole_files.py::test_where_no_file_",
)

# Something of every wing, beside the examples in its docstrings: under 20 seconds in all on two cores.
QUICK = (
    "answers/test_judge_page.py",
    "auditing/test_gradcheck.py",
    "debugger/test_lookup.py",
    "demos/test_demos.py::test_verdicts",
    "derivation/test_derivation.py::test_example_",
    "engine/test_beside.py",
    "engine/test_functions.py",
    "formula/test_printing.py",
    "nn/test_mlp.py",
    "picture/test_render.py",
    "program/test_lowering.py::test_a_",
    "sheet/test_sheet.py::test_every",
    "sheet/test_sheet.py::test_the_",
    "tape/test_nonfinite.py",
    "test_architecture.py",
    "test_cli.py::test_a_pile_is_",
    "test_cli.py::test_run_works_",
    "test_lanes.py::test_the_quick",
    "test_micrograd.py::test_",
    "test_moved.py",
    "training/test_optim.py",
    "web/test_page.py::test_a_page_",
    "workbench/test_read_text.py::test_mistakes_",
    "workbench/test_read_text.py::test_numbers_",
)


@cache
def file_of(path: Path) -> str:
    """A file of tests as the tables name it; empty for any other."""
    return path.relative_to(TESTS).as_posix() if TESTS in path.parents else ""


def named(item: pytest.Item) -> str:
    """A test as the tables name it; empty for an example in a docstring or a document."""
    file = file_of(item.path)
    return f"{file}::{item.name}" if file else ""


def lanes(item: pytest.Item) -> set[str]:
    """The lanes of a test that its own marks do not name."""
    name = named(item)
    found = {FIXTURES[each] for each in FIXTURES.keys() & set(getattr(item, "fixturenames", ()))}
    found |= {lane for lane, table in {"demo": SLOW, "once": ONCE}.items() if name.startswith(table)}
    slow = (found | {mark.name for mark in item.iter_markers()}) & {*PROGRAMS, "engine", "demo"}
    return found | {"quick"} if not slow and (name.startswith(QUICK) or not name) else found


@pytest.hookimpl(tryfirst=True)  # before the expression of -m is looked at
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for lane in sorted(lanes(item)):
            item.add_marker(lane)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What has nothing quick is not even read: that would take longer than the quick ones do."""
    if config.option.markexpr != "quick" or collection_path.suffix != ".py" or TESTS not in collection_path.parents:
        return None
    name = collection_path.relative_to(TESTS).as_posix()
    return True if not any(each.startswith(name) for each in QUICK) else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Where a program is missing its tests are skipped, but in CI: there it has to be present."""
    for lane, program in PROGRAMS.items():
        if item.get_closest_marker(lane) and not shutil.which(program):
            (pytest.fail if CI else pytest.skip)(f"{program} is not installed")


@pytest.fixture(scope="session")
def node() -> str | None:
    """Where Node is."""
    return shutil.which("node")


@pytest.fixture
def jax():
    return engine("jax")


@pytest.fixture
def onnx():
    """The package that writes models, and the one that runs them."""
    return engine("onnx"), engine("onnxruntime")


@pytest.fixture
def numba():
    return engine("numba")


@pytest.fixture
def torch():
    return engine("torch")


@pytest.fixture(scope="module")
def browser():
    """Chromium, for one module of tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES.split())
        yield browser
        browser.close()
