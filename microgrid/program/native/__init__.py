"""A plan as a tape of instructions, followed by a machine that is compiled once: for graphs that have no layers.

    units     the groups of a plan, apart or together            space      the rows of one array
    kernels   a row of the table as loops in machine code        words      what it is written in
    assembler units as instructions                              tape       all of them, there and back
    machine   what follows them                                  native_runner   runs a tape, by threads if wanted

Read `machine` first. Only `kernels`, `words` and `machine` know numba; whoever imports this folder has it installed.
"""

__all__: list[str] = []
