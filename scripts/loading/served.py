"""The service as ``daizheng serve`` runs it, without rate limits: one generator is one address."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from api import container
from api.http.rate import RateLimiter
from api.http.serving import listening, open_web, serve
from api.process_log import configure_logging


def main() -> int:
    """Serve the house in the first argument on a free port, whose number is the first line."""
    configure_logging()
    context = container.open_house(Path(sys.argv[1]))
    bound = listening("127.0.0.1", 0)
    print(bound.getsockname()[1], flush=True)
    web = open_web(context, loopback=True, demo=False)
    serve(replace(web, limiter=RateLimiter(context.clock, enabled=False)), bound)
    return 0


if __name__ == "__main__":
    sys.exit(main())
