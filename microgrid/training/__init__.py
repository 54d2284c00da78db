"""Training: losses, optimisers, and `fit`, with what it saw on the way.

Read `losses` first, with `targets`, what they accept; then `optim`, with `schedules`; then `training`, where `fit`
begins, and `descent`, the steps themselves. `sweep` runs a whole batch as one compiled call, `history` and
`progress` tell what happened, `plots` draws it.

epoch   once through all samples        rate   how far a step goes against the gradient
"""

from . import losses, optim
from .training import accuracy, fit

__all__ = ["accuracy", "fit", "losses", "optim"]
