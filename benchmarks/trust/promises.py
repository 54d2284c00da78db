"""What is promised, and the tests that hold it."""

from __future__ import annotations

from typing import NamedTuple


class Promise(NamedTuple):
    """A sentence, and its tests: `engine/test_value.py::test_a_copy_…` stands in the folder of the tests."""

    text: str
    tests: tuple[str, ...]


def held(text: str, *tests: str) -> Promise:
    """The tests are given as `FILE: name name`, since one file often holds several."""
    found = []
    for group in tests:
        file, _, names = group.partition(":")
        found += [f"{file}.py::test_{name}" for name in names.split()]
    return Promise(text, tuple(found))


# In the order of the README's list, whose sentences these are, one by one; then the edges.
PROMISES = [
    held(
        "Forward `+ - * /` give exactly Python's bits.",
        "engine/test_value: the_four_operations_give_pythons_bits a_random_graph_keeps_its_promises",
    ),
    held(
        "Functions and their local derivatives are right to a few units in the last place, tails included.",
        "formula/test_ops: value_and_local_derivatives_are_right_over_the_whole_domain "
        "textbook_derivatives_are_those_of_the_textbook_value any_doubles_give_doubles_and_the_method_gives_the_same",
        "formula/test_floats: every_function_answers_every_double_with_a_double",
    ),
    held(
        "Gradients are the exact derivatives of what was computed, to rounding.",
        "engine/test_value: gradients_of_random_graphs_are_those_of_sixty_digits "
        "gradients_of_random_graphs_are_those_of_autograd polynomials_have_the_gradients_of_exact_fractions",
        "engine/test_derivatives: second_derivatives_of_random_graphs_are_right",
        "program/test_program: random_graphs_agree_with_the_scalar_engine exact_is_the_engine_to_the_bit",
    ),
    held(
        "Kinks and edges are decided in the table, as PyTorch decides them; where others lose a tail, it is kept.",
        "engine/test_value: the_decisions_at_the_edges",
        "engine/test_as_pytorch: values_slopes_and_kinks_are_those_of_pytorch",
        "engine/test_closed: every_reader_gives_what_differences_give random_graphs_over_kinks_and_poles",
        "formula/test_ops: logsumexp_and_softmax_keep_their_tails",
    ),
    held(
        "Numbers never crash a pass and never become complex.",
        "formula/test_ops: the_careful_path_answers_everything_and_agrees_with_the_fast_one "
        "variadic_operations_never_raise",
        "formula/test_floats: where_math_answers_the_answer_is_that_of_math",
    ),
    held(
        "`raise_nonfinite()` stops at the first number that is not finite, and names it.",
        "engine/test_watch: the_first_number_that_is_not_finite_is_named "
        "a_gradient_that_is_not_finite_is_named_and_changes_no_gradient "
        "the_line_of_every_node_is_kept_while_watching",
        "tape/test_poison: its_way_is_told",
    ),
    held(
        "`backward()` adds to each leaf exactly once a call; inner nodes show the last pass.",
        "engine/test_value: backward_adds_to_the_leaves_and_renews_the_rest two_roots_share_a_leaf "
        "backward_from_an_inner_node_and_from_a_leaf",
    ),
    held(
        "Derivatives belong to the recorded values.",
        "engine/test_value: editing_data_changes_nothing_that_is_recorded replay_is_a_fresh_build",
    ),
    held(
        "An error or Ctrl-C in `backward()` changes no gradient.",
        "engine/test_value: an_error_in_the_middle_of_backward_changes_no_gradient",
        "engine/test_closed: an_interrupted_pass_leaves_every_gradient",
    ),
    held(
        "The same program gives the same bits in every run and process.",
        "engine/test_value: the_same_program_gives_the_same_bits_in_every_order_of_memory",
        "tape/test_tape: other_processes_give_the_same_steps",
        "picture/test_picture: other_processes_give_the_same_text",
        "web/test_page: the_same_page_every_time",
    ),
    held(
        "A million nodes deep or 100,000 wide: linear work, no recursion, memory freed at once.",
        "engine/test_value: a_million_nodes_deep a_hundred_thousand_terms_wide "
        "a_graph_is_freed_at_once_without_the_collector "
        "a_deep_graph_is_copied_whole",
        "tape/test_tape: a_million_nodes_deep_is_as_good_as_ten",
        "derivation/test_derivation: deep_chains",
    ),
    held(
        "A graph too large to read is drawn at a coarser level, or not at all.",
        "picture/test_picture: every_size_is_drawn_and_large_ones_say_so what_nobody_could_read_is_refused",
        "picture/test_views: a_picture_takes_the_finest_level_that_can_be_read",
    ),
    held(
        "Reading, judging and working a sheet take work that grows with its lines and its rounds.",
        "sheet/test_linear_reading: reading_is_linear_in_the_lines a_sum_is_lowered_in_linear_work",
        "sheet/test_reading: the_longest_lines_are_read_in_time_that_grows_with_their_length",
        "sheet/test_many_rounds: rounds_that_diverge_take_the_same_work_each",
        "sheet/arrays/test_language: time_and_size_are_linear_in_the_samples",
        "answers/test_long_courses: work_grows_with_the_rounds",
    ),
    held(
        "Only real numbers go in, and errors say what they got.",
        "engine/test_value: an_operator_refuses_what_is_no_number_on_either_side "
        "data_and_methods_refuse_what_is_no_number "
        "every_real_number_goes_in_and_data_is_a_float an_array_and_a_value_are_no_data",
    ),
    held(
        "Copies and pickles are whole, separate graphs, at any depth; leaves shared by several roots stay shared.",
        "engine/test_value: a_copy_has_everything_and_shares_nothing a_deep_graph_is_copied_whole "
        "leaves_shared_by_several_roots_stay_shared closed_branches_stay_closed_in_a_copy",
    ),
    held(
        "A misspelt attribute is refused with the name that was meant.",
        "engine/test_value: attributes_are_closed a_misspelt_attribute_is_named_when_read_and_when_set",
        "engine/test_misspelt: a_misspelt_name_is_refused_wherever_it_stands",
    ),
    held(
        "No gradient is lost in silence: what would lose one says what to write.",
        "engine/test_lost_gradients: where_a_plain_number_is_wanted_it_says_what_to_write "
        "every_numeric_method_of_python_records_or_gives_a_number_or_says_what_to_write",
        "engine/test_numpy_functions: every_function_of_numpy_has_a_row_and_nothing_else_has "
        "what_is_not_recorded_says_so",
    ),
    held(
        "Sheets are data, never executed; every mistake is told in its place.",
        "test_fuzzing: some_inputs_of_every_kind_and_all_that_was_ever_found",
        "sheet/test_patterns: no_pattern_looks_for_more_ways_than_it_can_try",
        "sheet/test_sheet: any_text_is_a_sheet_or_a_sheet_error every_mistake_is_shown_in_its_place",
        "formula/test_expression: any_text_is_a_formula_or_a_formula_error a_monster_ends_in_one_line_fast",
    ),
    held(
        "Labels cannot harm DOT, SVG, HTML or JavaScript.",
        "picture/test_picture: every_label_makes_a_picture nasty_labels_make_a_picture "
        "text_on_cards_is_text_that_xml_allows",
        "test_fuzzing: labels_are_text_and_nothing_else",
        "formula/test_javascript: both_fit_in_a_script_element",
        "workbench/test_server: only_the_page_with_the_token_may_ask nothing_but_the_sheet_is_served",
    ),
    held(
        "A file is written whole or not at all.",
        "test_whole_files: a_writing_that_is_broken_off_leaves_the_old_file_or_the_new_one "
        "one_module_writes_files where_no_file_can_be_one_line_says_why",
        "nn/test_checkpoint: a_failure_leaves_the_old_file_and_nothing_beside_it",
        "workbench/test_server: what_cannot_be_saved_is_said_and_nothing_is_lost",
    ),
    held(
        "Whatever a sheet says, every verb answers within a second a kilobyte and 500 MB, never with a traceback.",
        "test_bombs: check_answers_every_bomb every_verb_answers",
    ),
    held(
        "A compiled program has the values and gradients of the scalar engine, whichever engine runs it.",
        "program/test_program: random_graphs_agree_with_the_scalar_engine",
        "program/test_native: random_graphs_agree_with_the_scalar_engine every_row_is_what_numpy_makes_of_it",
    ),
    held(
        "A ✓ is earned: no tick for a number that no working gives, and no right number is called wrong.",
        "answers/test_judge: no_tick_for_a_number_that_no_working_gives what_is_right_is_right_to_any_digit",
        "answers/test_handwork: an_honest_number_is_never_told_from_honest_work",
        "answers/test_identities_at_random: no_true_formula_is_refuted "
        "a_true_formula_with_one_thing_changed_is_refuted no_formula_that_is_false_far_off_or_by_little_is_proved",
    ),
]
