"""A plan under JAX: compiled by XLA, the batch shared out among devices, one all-reduce of the gradient.

The groups, the pulls and the pushes are those that the NumPy program runs, so kinks and stable forms are
the same; JAX differentiates nothing. On one CPU the NumPy program is faster: JAX is for accelerators, and
for several of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from microgrid.errors import GraphError
from microgrid.program.passes.array_pass import ArrayPass
from microgrid.program.passes.closed_pass import ClosedPass

from .lowered import Lowered

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["JaxProgram", "to_jax"]

AXIS = "samples"
# XLA would compute x / y / z as x / (y * z), and log(exp(x)) as x, which over- and underflow elsewhere.
AS_WRITTEN = {"cpu": {"xla_disable_hlo_passes": "algsimp"}}


def to_jax(program: Lowered, devices: int | Sequence[Any] | None = None) -> JaxProgram:
    """The program under JAX.

    >>> from microgrid import Value
    >>> from microgrid.program import Program
    >>> w, x = Value(2.0, role="parameter"), Value(1.0)
    >>> to_jax(Program((w * x).tanh(), [x])).value_and_grad([[0.0], [1.0]])[1].round(4).tolist()  # doctest: +SKIP
    [0.0707]

    devices  how many of those that JAX has, or a list of them; None is the first one
    Raises GraphError without jax, and where there are not so many devices.
    """
    return JaxProgram(program, devices)


class JaxProgram:
    """What `to_jax` gives: a program that XLA compiles, once for each number of samples.

    program  where it comes from        devices  those that share the samples        mesh  the same, as JAX has it

    Doubles need a setting that JAX has for all of a process, `jax_enable_x64`. Here it is switched on only
    around each call, and what comes back are NumPy arrays: nothing else in the process changes its precision.
    On CPUs the numbers are those of the program, to rounding, but that XLA takes subnormal ones for 0: below 2.2e-308,
    in single precision below 1.2e-38. On other devices, and in a `pure` that somebody else compiles, XLA may also write
    quotients, powers and logarithms otherwise, which matters where an intermediate number over- or underflows.
    `pure` switches nothing on.
    """

    def __init__(self, program: Lowered, devices: int | Sequence[Any] | None = None) -> None:
        jax = imported()
        self.program, self.plan = program, program.plan
        self.devices = chosen(devices, jax.devices())
        self.mesh = jax.sharding.Mesh(self.devices, (AXIS,))

    def __repr__(self) -> str:
        return f"<JaxProgram of {len(self.plan.groups)} groups on {len(self.devices)} {self.devices[0].platform}>"

    def __call__(self, X: Any = None, params: Any = None) -> NDArray[Any]:
        """The value of each sample, shape (samples,); X and params are as for calling the program."""
        program = self.program
        table, theta = program.intake.samples(X), program.intake.parameters(params)
        program.intake.refuse_inputs(table)
        (values,) = self._run(self.compiled_values, theta, self._shared(table))
        if program.finite:
            program.intake.refuse_nonfinite(table, theta, [values])
        return values[: len(table)]  # type: ignore[no-any-return]

    def value_and_grad(
        self, X: Any = None, params: Any = None, weights: Any = None
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """The value of each sample, and the gradient of their weighted sum by the parameters, as the program has it.

        X        shape (samples, inputs); the samples need not divide evenly among the devices
        params   shape (params,); None is their numbers as they are now
        weights  a number for each sample, by which it counts; None is 1
        Returns values (samples,) and gradient (params,), NumPy arrays. Raises GraphError for other shapes.
        """
        import numpy as np

        program = self.program
        table, theta = program.intake.samples(X), program.intake.parameters(params)
        program.intake.refuse_inputs(table)
        scale = np.ones(len(table), program.dtype) if weights is None else program.intake.weights(weights, len(table))
        padded = np.pad(scale, (0, -len(scale) % len(self.devices)))  # a sample of weight 0 leaves no trace
        values, gradient = self._run(self.compiled, theta, self._shared(table), padded)
        values = values[: len(table)]
        if program.finite:
            program.intake.refuse_nonfinite(table, theta, [values, gradient])
        return values, gradient

    # ── for a program of one's own ──

    def pure(self, theta: Any, X: Any, weights: Any = None) -> tuple[Any, Any]:
        """Values and gradient as a pure function of arrays, to put into one's own `jax.jit` or `shard_map`.

        theta    shape (params,); all is computed in its precision, float64 only where jax_enable_x64 is on
        X        shape (samples, inputs)        weights  shape (samples,); None is 1
        Returns values (samples,) and gradient (params,), JAX arrays. Within a `shard_map` over samples the
        gradient is that of the shard: `jax.lax.psum` it.
        """
        import jax

        with jax.default_matmul_precision("float32"):  # accelerators round to fewer bits unless they are told
            each = self._pass(theta, X)
            values = each.values()
            ones = jax.numpy.ones_like(values)
            return values, each.gradient(ones if weights is None else jax.numpy.asarray(weights, values.dtype))

    def _pass(self, theta: Any, X: Any) -> ArrayPass:
        from jax import numpy, scipy

        record = self.program.record
        kind = ClosedPass if record.masks and record.is_steep else ArrayPass  # no number can be looked at to choose
        return kind(self.plan, numpy, scipy.special.erf, numpy.asarray(theta), numpy.asarray(X))

    # ── compiled ──

    @cached_property
    def compiled(self) -> Any:
        """(theta, X, weights) → (values, gradient), jitted, the samples shared out; their number must divide evenly."""
        import jax

        def shard(theta: Any, X: Any, weights: Any) -> tuple[Any, Any]:
            values, gradient = self.pure(theta, X, weights)
            return values, jax.lax.psum(gradient, AXIS)

        return self._sharded(shard, 2, gradient=True)

    @cached_property
    def compiled_values(self) -> Any:
        """(theta, X) → (values,), in the same way."""
        import jax

        def shard(theta: Any, X: Any) -> tuple[Any]:
            with jax.default_matmul_precision("float32"):
                return (self._pass(theta, X).values(),)

        return self._sharded(shard, 1, gradient=False)

    def _sharded(self, function: Callable[..., Any], arrays: int, gradient: bool) -> Any:
        """The function of the parameters, all of them on each device, and of arrays whose first axis is shared out."""
        import jax

        whole, shared = jax.sharding.PartitionSpec(), jax.sharding.PartitionSpec(AXIS)
        specs = {"in_specs": (whole, *[shared] * arrays), "out_specs": (shared, whole)[: 1 + gradient]}
        options = AS_WRITTEN.get(self.devices[0].platform)
        return jax.jit(shard_map()(function, mesh=self.mesh, **specs), compiler_options=options)

    def _run(self, function: Any, *arrays: Any) -> tuple[Any, ...]:
        """What the function gives, as NumPy arrays of the program's precision."""
        import numpy as np

        with precision(self.program.dtype == "float64"):
            return tuple(np.array(each) for each in function(*arrays))

    def _shared(self, table: NDArray[Any]) -> NDArray[Any]:
        """The samples, the last one again as often as it takes to divide evenly: where it has a value, so has that."""
        import numpy as np

        return np.pad(table, ((0, -len(table) % len(self.devices)), (0, 0)), "edge")


# ── what depends on the version of JAX ─────────────────────────────────────────────────────


def imported() -> Any:
    try:
        import jax
    except ImportError:
        raise GraphError('to_jax needs jax; pip install "microgrid-autograd[jax]"') from None
    return jax


def shard_map() -> Any:
    """`jax.shard_map`, which was an experiment before JAX 0.6."""
    import jax

    if hasattr(jax, "shard_map"):
        return jax.shard_map
    from jax.experimental.shard_map import shard_map

    return partial(shard_map, check_rep=False)  # it knew no rule for erf


def precision(double: bool) -> Any:
    """A context in which JAX computes in doubles, or not."""
    import jax

    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(double)
    from jax.experimental import enable_x64

    return enable_x64(double)


def chosen(devices: int | Sequence[Any] | None, present: Sequence[Any]) -> list[Any]:
    """The devices. Raises GraphError where there are none, or not so many."""
    if isinstance(devices, (list, tuple)):
        if not devices or any(each not in present for each in devices):
            raise GraphError(f"devices are some of those that JAX has, not {devices!r}; give jax.devices()[:2], or 2")
        return list(devices)
    count = 1 if devices is None else devices
    if not isinstance(count, int) or isinstance(count, bool):
        raise GraphError(
            f"devices is a {type(devices).__name__}; give their number, or a list, as in jax.devices()[:2]"
        )
    if not 1 <= count <= len(present):
        fact = f"{count} devices are wanted, and JAX has {len(present)}; give 1 to {len(present)}"
        remedy = (
            "or set XLA_FLAGS=--xla_force_host_platform_device_count=4 before jax is imported, for 4 that share a CPU"
        )
        raise GraphError(f"{fact}, {remedy}")
    return list(present[:count])
