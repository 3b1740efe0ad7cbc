"""The techniques of one lecture on training neural networks, small enough to read.

Three floors on one foundation; each module imports only from the floors below it:

==========  =====================================================================
floor 2     :mod:`~nnlib.train`
floor 1     :mod:`~nnlib.models`, :mod:`~nnlib.diagnostics`, :mod:`~nnlib.optim`
floor 0     the lecture, one slide a file: :mod:`~nnlib.activations`,
            :mod:`~nnlib.clip`, :mod:`~nnlib.dropout`, :mod:`~nnlib.early_stopping`,
            :mod:`~nnlib.init`, :mod:`~nnlib.residual`, :mod:`~nnlib.weight_decay`,
            and :mod:`~nnlib.data`
foundation  :mod:`~nnlib.linear`, :mod:`~nnlib.replicas`, :mod:`~nnlib.checks`,
            :mod:`~nnlib.modes`
==========  =====================================================================

Beside them, :mod:`nnlib.applets` holds figures that compute in the page.  What shows,
claims and builds is another package, ``claimbook``, which knows none of these.

Nothing is imported here, so ``import nnlib`` costs nothing and
``from nnlib.clip import clip_grad_norm_`` says where a name lives.
"""
