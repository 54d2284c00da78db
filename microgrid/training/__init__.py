"""Training: losses, optimisers, and `fit`, with what it saw on the way.

Read `losses` first, with `targets`, what they accept, and `terms`, what they add up; then `optim`, with `schedules`,
`states`, what is saved of it, and `clipping`; then `training`, where `fit` begins, and `descent`, the steps themselves.
`sweep` runs a batch as one compiled call, where network and loss allow, `flat` steps over all parameters as one array;
`history` and `progress` tell what happened, `plots` draws it. No other wing builds on this one.

epoch     once through all samples                   rate     how far a step goes against the gradient
"""

from . import losses, optim
from .training import accuracy, fit

__all__ = ["accuracy", "fit", "losses", "optim"]
