"""The techniques of one lecture on training neural networks, small enough to read.

Each module imports only from the floors below it:

========  ==========================================================================
floor 2   :mod:`~nnlib.train`, the loop
floor 1   :mod:`~nnlib.models`, :mod:`~nnlib.diagnostics`, :mod:`~nnlib.optim`
floor 0   the lecture, one slide a file: :mod:`~nnlib.activations`, :mod:`~nnlib.clip`,
          :mod:`~nnlib.dropout`, :mod:`~nnlib.early_stopping`, :mod:`~nnlib.init`,
          :mod:`~nnlib.residual`, :mod:`~nnlib.weight_decay`; and :mod:`~nnlib.data`
ground    :mod:`~nnlib.linear`, :mod:`~nnlib.replicas`, :mod:`~nnlib.modes`,
          :mod:`~nnlib.checks`
========  ==========================================================================

Beside them :mod:`nnlib.applets` holds figures that compute in the page.
Nothing is imported here, so ``import nnlib`` costs nothing and
``from nnlib.clip import clip_grad_norm_`` says where a name lives.
"""
