"""A book whose claims are computed: what its pages show, and what checks them.

Nothing here knows a lecture.  What belongs to one book alone stands in its
``_config.yml``, which :mod:`~claimbook.book` reads.

===========================  ============================================================
:mod:`~claimbook.claims`     a finding over many seeds, an identity
:mod:`~claimbook.quiz`       questions that mark themselves
:mod:`~claimbook.page`       the set-up, the source that runs, a table
:mod:`~claimbook.plots`      figures in which the spread is drawn
:mod:`~claimbook.explore`    figures that move
:mod:`~claimbook.lab`        networks that train in the page
:mod:`~claimbook.book`       what another lecture would change
``claimbook.builder``        from ``chapters/src/*.md`` to ``chapters/*.ipynb``
``claimbook.sphinxext``      what Sphinx needs: the ledger and smaller things
``claimbook.pytest_plugin``  all broken claims of all notebooks, in one list
===========================  ============================================================

Nothing is imported here, so ``import claimbook`` costs nothing.
"""
