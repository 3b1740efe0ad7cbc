"""Run by IPython before each chapter that the builder executes: count the networks.

The number goes into the notebook's metadata and from there into the evidence ledger.
"""


def _count_networks():  # leaves no name behind, so no chapter can lean on one
    import functools
    import json
    import os
    from pathlib import Path

    import nnlib.train

    facts = Path(os.environ["CHAPTER_FACTS"])
    fit = nnlib.train.fit
    count = 0

    @functools.wraps(fit)
    def counted(*arguments, **options):
        nonlocal count
        history = fit(*arguments, **options)
        count += history.diverged_at.numel()
        facts.write_text(json.dumps({"networks": count}))
        return history

    nnlib.train.fit = counted
    facts.write_text(json.dumps({"networks": count}))


_count_networks()
del _count_networks
