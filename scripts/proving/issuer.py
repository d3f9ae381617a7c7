"""One process of many that issue at the same time: several workers as threads, each with its own desk.

    python -m scripts.proving.issuer HOME USCC DOMAIN COUNT THREADS SECONDS OUT

Each thread issues up to COUNT reports within SECONDS; OUT gets one number a line, written when the
report was released.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from pathlib import Path
from time import monotonic

from scripts.commands import Commands, environment


def main(words: list[str]) -> int:
    """Issue until COUNT or SECONDS are reached; 1 when any issue failed."""
    from api import container
    from api.services.issuing.issue import Issued, IssuingDesk
    from api.services.issuing.orders import Order

    home, uscc, domain, count, threads, seconds, out = words
    until = monotonic() + float(seconds)
    with environment(Commands(Path(home)).variables):
        context = container.open_house(Path(home))
        verifier = container.issuing_desk(context).verifier
    failures: list[str] = []
    lock = threading.Lock()

    def work(_worker: int) -> None:
        desk = IssuingDesk(context, verifier)
        for _ in range(int(count)):
            if monotonic() > until:
                return
            try:
                done = desk.issue(Order(subject=uscc, purpose="证明", domains=(domain,)))
            except Exception:  # noqa: BLE001 - told to the parent, which counts it as a breach
                failures.append(traceback.format_exc())
                return
            if isinstance(done, Issued):
                with lock, Path(out).open("a") as numbers:
                    numbers.write(done.number + "\n")

    workers = [threading.Thread(target=work, args=(worker,)) for worker in range(int(threads))]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    sys.stderr.write("".join(failures))
    verifier.close()
    return 1 if failures else 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)
