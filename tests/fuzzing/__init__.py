"""A fuzzer: inputs of every kind, nearly right, by the hundred thousand; what must hold of each, holds.

    python -m tests.fuzzing --minutes 10 --seed 7

Read `signs` first, what inputs are made of; then the grammars, `formulas`, `sheets_written`, `commands_written` and
`files_written`, and `inputs`, which numbers what they write. `attempts` says what is done with an input of each kind and
what must hold, `served` of a workbench, `labelled` of a page in a browser; `watching` sees the events of Python, and
the time. `running` tries them in processes that may die, and keeps what is found in `cases`, which the suite replays.
`figures` are those of the last long run.
"""
