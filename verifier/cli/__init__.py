"""``daizheng verify``, ``verify-receipt``, ``verify-statement``; ``python -m verifier.cli`` has no others."""
