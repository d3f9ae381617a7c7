"""`scripts/openapi`: docs/openapi.json, made from the routes of the interface for programs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from fastapi import FastAPI

from api.http.app import MACHINES
from api.http.v1.documented import openapi

FILE = Path(__file__).parent.parent / "docs" / "openapi.json"


def document() -> str:
    """Give the document as it is committed: sorted where order says nothing, one value a line."""
    app = FastAPI()
    for router in MACHINES:
        app.include_router(router)
    return json.dumps(openapi(app), ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """The file is written."""
    FILE.write_text(document(), "utf-8")
    print(FILE.relative_to(Path.cwd()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
