"""From ``chapters/src/*.md`` to ``chapters/*.ipynb``, one way.

===============  ========================================================================
``chapter``      a source, and the notebook that belongs to it
``fingerprint``  which definitions of the repository a chapter reaches
``pages``        what chapters say of each other: titles, numbers, labels, references
``markdown``     the book's directives as Markdown that every notebook front end shows
``execute``      a chapter in a kernel of its own
``__main__``     the command: what is stale, and what is done about it
===============  ========================================================================
"""
