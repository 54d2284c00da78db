"""A plan in worlds where no array is written twice: under JAX, and in an ONNX graph.

Read `lowered` first, what an export takes of a program; then `forward_pass`, which walks a plan there, and
`array_pass`, which walks it back as well. `jax_program` and `onnx_export` say what each call is in their world.
`closed_pass` is the careful way back, by which a branch that is closed stays closed; NumPy takes it too, after a nan.
"""

__all__: list[str] = []
