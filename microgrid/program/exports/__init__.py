"""A plan in other worlds: under JAX, and in an ONNX graph.

Read `lowered` first, what an export takes of a program. Then `jax_program` and `onnx_export`, which say what each call
of a pass is in their world: JAX goes the ways of `passes` there and back, ONNX the way there.
"""

__all__: list[str] = []
