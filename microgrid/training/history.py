"""History: what `fit` saw while a network learned."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from microgrid.formula.lettering import number, plain
from microgrid.formula.tables import html_table
from microgrid.streams import carrying

__all__ = ["Check", "Epoch", "History"]

LINE, LEAST = 84, 8  # characters that a history has at the prompt; of these, why it ended has at least so many


class Epoch(NamedTuple):
    """One pass over the training samples; means over them, each as it was before the step that it led to.

    accuracy  nan where the targets are no labels, or where nothing tells which outputs mean 1
    norms     the length of the gradient in each layer, the mean over the steps of the epoch
    """

    loss: float
    accuracy: float
    norms: tuple[float, ...]


class Check(NamedTuple):
    """One look at the validation samples, after that many epochs."""

    epoch: int
    loss: float
    accuracy: float


@carrying
@dataclass
class History:
    """The course of a training: a number for each epoch, or for each look at the validation samples.

    epochs   an Epoch each           checks   a Check each
    stopped  why it ended, in words  seconds  how long it took
    how      "compiled", and how many batches were not; or "node by node" and why
    """

    epochs: list[Epoch] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    stopped: str = ""
    seconds: float = 0.0
    how: str = ""

    @property
    def losses(self) -> list[float]:
        """The mean loss over the training samples, epoch by epoch."""
        return [each.loss for each in self.epochs]

    @property
    def accuracies(self) -> list[float]:
        """The share of training samples that were right, epoch by epoch; empty where there are no labels."""
        return [each.accuracy for each in self.epochs if not math.isnan(each.accuracy)]

    @property
    def gradient_norms(self) -> list[tuple[float, ...]]:
        """The length of the gradient in each layer, epoch by epoch."""
        return [each.norms for each in self.epochs]

    @property
    def checked(self) -> list[int]:
        """After which epochs the validation loss was looked at."""
        return [each.epoch for each in self.checks]

    @property
    def validation_losses(self) -> list[float]:
        """The mean loss over the validation samples, one for each of `checked`."""
        return [each.loss for each in self.checks]

    @property
    def validation_accuracies(self) -> list[float]:
        """The share of validation samples that were right; empty where there are no labels."""
        return [each.accuracy for each in self.checks if not math.isnan(each.accuracy)]

    @property
    def best_epoch(self) -> int:
        """The epoch, from 1, of the lowest validation loss, or training loss without validation; 0 if there is none."""
        return self._best()[1]

    @property
    def best_loss(self) -> float:
        """The lowest validation loss, or training loss without validation; inf if there is none."""
        return self._best()[0]

    def _best(self) -> tuple[float, int]:
        found = [(each.loss, each.epoch) for each in self.checks]
        return min(found or [(each.loss, i) for i, each in enumerate(self.epochs, 1)], default=(math.inf, 0))

    def __repr__(self) -> str:
        course = self._course()
        return f"<History of {course}: {plain(self.stopped, max(LEAST, LINE - len(course)))}>"

    def __str__(self) -> str:
        return self._told()

    def _told(self) -> str:
        """How it went, and why it ended."""
        return f"{self._course()}: {self.stopped}"

    def _course(self) -> str:
        """How it went."""
        if not self.epochs:
            return "no epoch"
        count = f"{len(self.epochs):,} epoch{'s' * (len(self.epochs) != 1)}"
        course = f"{count}, loss {self.losses[0]:.4g} → {self.losses[-1]:.4g}"
        best = f", best validation loss {self.best_loss:.4g} after epoch {self.best_epoch}" if self.checks else ""
        return course + best

    def _repr_html_(self) -> str:
        """Its epochs as a table."""
        looks = {each.epoch: each for each in self.checks}
        labelled = bool(self.accuracies)
        titles = ["loss", *["accuracy"] * labelled]
        checked = [f"validation {title}" for title in titles] if looks else []

        def row(i: int) -> list[str]:
            both = [self.epochs[i], looks.get(i + 1)] if looks else [self.epochs[i]]
            numbers = [(number(each.loss, 4), number(each.accuracy, 4)) if each else ("", "") for each in both]
            return [f"{i + 1:,}", *(each for pair in numbers for each in pair[: len(titles)])]

        columns = [f">{title}" for title in ("epoch", *titles, *checked)]
        return html_table(columns, len(self.epochs), row, self._told())
