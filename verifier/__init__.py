"""Any PDF, picture or code in, a verdict out; trusts nothing but a pinned trust bundle.

Works without the signer, the HTTP layer and any database: it imports only ``domain``
and ``keys.trust``.  The order of work is gather, then judge: :mod:`verifier.evidence.gather`
collects an :class:`~verifier.evidence.model.Evidence`, the checks in :mod:`verifier.checks`
are pure functions on it, :mod:`verifier.engine` folds their results.  What may be handed in
has its module here (a file :mod:`~verifier.service`, a hash, a receipt, an audit pack), or the
room ``paper`` (codes and photographs); :mod:`verifier.online` alone opens a connection.
"""
