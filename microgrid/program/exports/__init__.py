"""A plan under other engines: JAX, and ONNX.

`lowered` says what an export takes of a program; `forward_pass` walks a plan where nothing can be overwritten,
`array_pass` there and back; `jax_program` and `onnx_export` say what each step is there.
"""

__all__: list[str] = []
