"""Any PDF, picture or code in, a verdict out; trusts nothing but a pinned trust bundle.

Works without the signer, the HTTP layer and any database: it imports only ``domain``
and ``keys.trust``.  The order of work is gather, then judge: :mod:`verifier.gather`
collects an :class:`~verifier.evidence.Evidence`, the checks in :mod:`verifier.checks`
are pure functions on it, :mod:`verifier.engine` folds their results.
"""
