"""A plan as a tape of instructions, followed by a machine that is compiled once: for graphs that have no layers.

    units      the groups of a plan, apart or together           space    the rows of the arrays
    words      the vocabulary of the table, for numba            kernels  a row of the table as two loops
    assembler  units as instructions                             tape     all of them, there and back
    loops      what each instruction does                        machine  what follows them
    cache      what numba compiled, in files                     native_runner  runs a tape, by threads if wanted

Read `machine` first. Whoever imports this folder has numba installed.
"""

__all__: list[str] = []
