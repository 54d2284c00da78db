"""A plan walked over arrays that nobody writes to twice: those of NumPy or JAX, or the nodes of an ONNX graph.

Read `forward_pass` first, the way there, and `array_pass`, the way there and back. `closed_pass` is the careful way
back, by which a branch that is closed stays closed: JAX takes it, and NumPy after a nan. `array_code` and `exports`
take them.

kept   by the rows of a group, what its way back needs
"""

__all__: list[str] = []
