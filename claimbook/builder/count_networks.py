"""Run by IPython before a chapter: count the networks that ``fit`` trains.

The number goes into the notebook's metadata and from there into the evidence ledger.
"""


def _count_networks():  # leaves no name behind, so no chapter can lean on one
    import functools
    import os
    from pathlib import Path

    import nnlib.train

    tally = Path(os.environ["NETWORKS_TRAINED"])
    fit = nnlib.train.fit

    @functools.wraps(fit)
    def counted(*arguments, **options):
        history = fit(*arguments, **options)
        before = int(tally.read_text()) if tally.exists() else 0
        tally.write_text(str(before + history.diverged_at.numel()))
        return history

    nnlib.train.fit = counted


try:
    _count_networks()
except ModuleNotFoundError:  # a repository without nnlib has nothing to count
    pass
finally:
    del _count_networks
