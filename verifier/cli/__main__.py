"""The verifier's commands alone, as a bank installs them."""

from __future__ import annotations

from verifier.cli.verify import main

main()
