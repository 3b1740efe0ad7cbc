"""Chapter 8, early stopping: when to stop, and which epoch to go back to.

The technique reads the validation losses of epochs 0, 1, … and returns two epochs: the last
one that was trained, and the one whose weights are restored.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from laws.numbers import Numbers, numbers
from laws.trial import Law, Technique, small_first

Rule = Callable[[list[float], int], Any]
NAN = math.nan


def epochs(rule: Rule, losses: Sequence[float], patience: int) -> Numbers:
    """Return where a rule stops, and where it goes back to."""
    return numbers(rule(list(losses), patience), (2,))


# --- laws ---------------------------------------------------------------------


def written_out(
    losses: Sequence[float],
    patience: int,
    better: Callable[[float, float], bool] = lambda loss, best: loss < best,
) -> tuple[int, int]:
    """The rule."""
    best = 0
    for epoch, loss in enumerate(losses):
        if epoch == 0 or better(loss, losses[best]):
            best = epoch
        elif epoch - best >= patience:
            return epoch, best
    return len(losses) - 1, best


def right(y: Any, losses: Sequence[float], patience: int) -> bool:
    """Say whether both epochs are right."""
    return y == written_out(losses, patience)


RISING = small_first(
    losses=[(1.0, 2.0, 3.0), (3.0, 1.0, 2.0, 3.0, 4.0), (2.0, 1.0, 5.0, 4.0)],
    patience=[1, 2],
)
LAWS = (
    Law(
        "a curve that always falls is followed to its last epoch",
        epochs,
        small_first(
            losses=[(3.0, 2.0, 1.0), (2.0, 1.0, 0.5, 0.25)], patience=[1, 2]
        ),
        right,
    ),
    Law(
        "it stops after `patience` epochs in a row that are no better",
        epochs,
        RISING,
        lambda y, **q: y[0] == written_out(**q)[0],
    ),
    Law(
        "it goes back to the epoch with the lowest loss",
        epochs,
        RISING,
        lambda y, **q: y[1] == written_out(**q)[1],
    ),
    Law(
        "a bump that is shorter than the patience is passed",
        epochs,
        [
            {"losses": (3.0, 4.0, 1.0), "patience": 2},
            {"losses": (3.0, 4.0, 2.0, 3.0, 1.0), "patience": 2},
            {"losses": (3.0, 4.0, 4.0, 2.0, 3.0, 3.0, 1.0), "patience": 3},
        ],
        right,
    ),
    Law(
        "better means better than the best so far, not than the epoch before",
        epochs,
        [
            {"losses": (1.0, 4.0, 3.0, 2.0), "patience": 2},
            {"losses": (1.0, 4.0, 3.0, 2.0, 1.5), "patience": 3},
        ],
        right,
    ),
    Law(
        "an equal loss is not better",
        epochs,
        [
            {"losses": (2.0, 1.0, 1.0, 1.0), "patience": 2},
            {"losses": (1.0, 1.0, 1.0), "patience": 1},
        ],
        right,
    ),
    Law(
        "NaN is not better either",
        epochs,
        [
            {"losses": (2.0, NAN, NAN, 1.0), "patience": 2},
            {"losses": (2.0, NAN, 1.0), "patience": 2},
        ],
        right,
    ),
    Law(
        "what comes after the stop is not looked at",
        epochs,
        [
            {"losses": (2.0, 1.0, 3.0, 0.0), "patience": 1},
            {"losses": (2.0, 1.0, 3.0, 3.0, 0.0), "patience": 2},
        ],
        right,
    ),
)

# --- wrong versions -------------------------------------------------------------


def one_epoch_too_many(losses: list[float], patience: int) -> Any:
    """Do you wait one epoch too many? The last of `patience` bad epochs is the end."""
    return written_out(losses, patience + 1)


def one_epoch_too_few(losses: list[float], patience: int) -> Any:
    """Do you stop one epoch too early? All of `patience` bad epochs are trained."""
    last, best = written_out(losses, patience)
    return (last - 1 if last - best >= patience else last), best


def at_once(losses: list[float], patience: int) -> Any:
    """Is the patience forgotten? It allows that many epochs without a better loss."""
    return written_out(losses, 1)


def never_reset(losses: list[float], patience: int) -> Any:
    """Is your counter never set back? Only bad epochs in a row count."""
    best, bad = 0, 0
    for epoch, loss in enumerate(losses):
        if epoch and not loss < losses[best]:
            bad += 1
            if bad >= patience:
                return epoch, best
        else:
            best = epoch
    return len(losses) - 1, best


def than_the_one_before(losses: list[float], patience: int) -> Any:
    """Do you compare with the epoch before? Compare with the best so far."""
    best, bad = 0, 0
    for epoch, loss in enumerate(losses):
        bad = bad + 1 if epoch and not loss < losses[epoch - 1] else 0
        best = epoch if loss < losses[best] else best
        if bad >= patience:
            return epoch, best
    return len(losses) - 1, best


def back_to_the_last(losses: list[float], patience: int) -> Any:
    """Do you keep the last weights? Go back to those of the best epoch."""
    last, _ = written_out(losses, patience)
    return last, last


def restored_one_late(losses: list[float], patience: int) -> Any:
    """Do you go back one epoch too late? The best epoch is the one with the lowest loss."""
    last, best = written_out(losses, patience)
    return last, min(best + 1, last)


def back_by_patience(losses: list[float], patience: int) -> Any:
    """Do you go back by `patience` in any case? A curve may end before that."""
    last, _ = written_out(losses, patience)
    return last, last - patience


def ties_are_better(losses: list[float], patience: int) -> Any:
    """Does an equal loss count as better? Then a flat curve never ends: use <, not <=."""
    return written_out(losses, patience, lambda loss, best: loss <= best)


def nan_is_better(losses: list[float], patience: int) -> Any:
    """Does NaN count as better? NaN >= best is false: ask whether the loss is below."""
    return written_out(losses, patience, lambda loss, best: not loss >= best)


def best_of_all(losses: list[float], patience: int) -> Any:
    """Do you look at the whole curve? Whoever has stopped never sees what comes after."""
    last, _ = written_out(losses, patience)
    known = [loss if loss == loss else math.inf for loss in losses]
    return last, known.index(min(known))


def minimum_first(losses: list[float], patience: int) -> Any:
    """Is this the minimum of the whole curve? A rule reads on without knowing the rest."""
    best = losses.index(min(losses))
    return best + patience, best


def counted_from_one(losses: list[float], patience: int) -> Any:
    """Do you count from 1? The first epoch is epoch 0."""
    last, best = written_out(losses, patience)
    return last + 1, best + 1


def exchanged(losses: list[float], patience: int) -> Any:
    """Are the two exchanged? First the last epoch, then the one to go back to."""
    last, best = written_out(losses, patience)
    return best, last


TECHNIQUES = (
    Technique(
        "early_stopping",
        LAWS,
        (
            one_epoch_too_many,
            one_epoch_too_few,
            at_once,
            never_reset,
            than_the_one_before,
            back_to_the_last,
            restored_one_late,
            back_by_patience,
            ties_are_better,
            nan_is_better,
            best_of_all,
            minimum_first,
            counted_from_one,
            exchanged,
        ),
    ),
)
