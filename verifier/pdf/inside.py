"""The inside of a worker process: import, close the sandbox, then answer one frame at a time.

First frame in: ``{limits, anchors[], sandbox}``.  First frame out: ``{ready}``.  Then for
each ``{job, ...}`` with the file as blob one answer ``{ok, ...}`` or ``{refused, reason}``;
``document`` sends its contents first, with ``more``, and its opinion when it has one.
The process opens nothing and knows no secret; an answer it cannot give is a reason word.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import pkgutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from types import ModuleType
from typing import Any, BinaryIO

import tzlocal
from PIL import Image

from domain.errors import DependencyUnavailable, MalformedInput
from verifier.limits import VerifierLimits
from verifier.pdf import library_speed, page_pictures, picture, structure
from verifier.pdf.facts import PdfContents
from verifier.pdf.signature import SignatureReader
from verifier.worker import sandbox, wire

_Answer = dict[str, object]


def main() -> int:
    """Serve frames on standard input and output until the parent closes them."""
    source, out = sys.stdin.buffer, sys.stdout.buffer
    first = wire.receive(source, max_bytes=1 << 26)
    if first is None:
        return 0
    setup, _ = first
    limits = VerifierLimits(**_mapping(setup["limits"]))
    anchors = [wire.unpack(item) for item in _sequence(setup["anchors"])]
    library_speed.quicken()
    reader = SignatureReader(anchors, asyncio.new_event_loop())
    _warm(_REPORTS if setup.get("writes_reports") is True else ())
    try:
        report = sandbox.close_sandbox(limits) if setup["sandbox"] else None
    except DependencyUnavailable as error:
        wire.send(out, {"ready": False, "part": str(error.fields.get("part", ""))})
        return 4
    wire.send(out, {"ready": True, "sandbox": None if report is None else asdict(report)})
    return _serve(source, out, limits, reader)


def _serve(source: BinaryIO, out: BinaryIO, limits: VerifierLimits, reader: SignatureReader) -> int:
    jobs: Mapping[str, Callable[[bytes, Mapping[str, Any]], _Answer]] = {
        "document": lambda data, ask: _document(data, ask, limits, reader, out),
        "triage": lambda data, _: _triage(data, limits),
        "attachment": lambda data, ask: _attachment(data, str(ask["name"]), limits),
        "etsi": lambda data, ask: _etsi(data, ask, limits, reader),
        "picture": lambda data, ask: _picture(data, limits, mark=ask.get("mark") is True),
        "pages": lambda data, ask: _drawn(page_pictures.pages(data, limits, first=_place(ask))),
        "sheet": lambda data, ask: _sheet(data, limits, _place(ask)),
        "sheet_photograph": lambda data, ask: _drawn(
            [page_pictures.sheet_photograph(data, limits, _place(ask))]
        ),
        "photograph": lambda data, _: _drawn([page_pictures.photograph(data, limits)]),
    }
    while (frame := wire.receive(source, max_bytes=1 << 27)) is not None:
        ask, data = frame
        sandbox.allow_cpu(limits.cpu_seconds)
        wire.send(out, _answer(jobs[str(ask["job"])], data, ask))
    return 0


def _answer(
    job: Callable[[bytes, Mapping[str, Any]], _Answer], data: bytes, ask: Mapping[str, Any]
) -> _Answer:
    try:
        return job(data, ask)
    except structure.Bomb as bomb:
        return {"refused": "bomb", "reason": bomb.reason}
    except MemoryError:
        return {"refused": "bomb", "reason": "bomb"}
    except MalformedInput as error:
        return {"refused": error.code, "reason": error.code}
    except RecursionError:
        return {"refused": "damaged", "reason": "damaged"}


def _document(
    data: bytes, ask: Mapping[str, Any], limits: VerifierLimits, reader: SignatureReader, out: BinaryIO
) -> _Answer:
    contents = structure.read(data, limits, strict=True)
    # The house reads the report while we look at the signature: two processes, two cores.
    wire.send(out, {"more": True, "contents": _contents(contents)})
    opinion = reader.read(
        data,
        contents.certificates,
        contents.crls,
        at=datetime.fromisoformat(str(ask["at"])),
        stamped=bool(ask["stamped"]),
    )
    return {"ok": True, "opinion": asdict(opinion)}


def _triage(data: bytes, limits: VerifierLimits) -> _Answer:
    return {"ok": True, "contents": _contents(structure.read(data, limits, strict=False))}


def _attachment(data: bytes, name: str, limits: VerifierLimits) -> _Answer:
    return {"ok": True, "attachment": wire.pack(structure.attachment(data, name, limits))}


def _etsi(data: bytes, ask: Mapping[str, Any], limits: VerifierLimits, reader: SignatureReader) -> _Answer:
    contents = structure.read(data, limits, strict=True)
    xml = reader.report(
        data,
        contents.certificates,
        contents.crls,
        at=datetime.fromisoformat(str(ask["at"])),
        stamped=bool(ask["stamped"]),
    )
    return {"ok": True, "attachment": wire.pack(xml.encode("utf-8"))}


def _picture(data: bytes, limits: VerifierLimits, *, mark: bool) -> _Answer:
    return {"ok": True, "picture": asdict(picture.read(data, limits, mark=mark))}


def _sheet(data: bytes, limits: VerifierLimits, place: int) -> _Answer:
    count, found = page_pictures.sheet(data, limits, place)
    return {"ok": True, "pages": count, "picture": asdict(found)}


def _place(ask: Mapping[str, Any]) -> int:
    return int(ask.get("place", 0))


def _drawn(pictures: list[bytes]) -> _Answer:
    return {"ok": True, "pictures": [wire.pack(each) for each in pictures]}


def _contents(contents: PdfContents) -> _Answer:
    plain: _Answer = {
        name: getattr(contents, name)
        for name in (
            "pages",
            "problems",
            "active",
            "byte_range",
            "signatures",
            "producer",
            "printed",
            "scanned",
        )
    }
    plain["attachments"] = {name: wire.pack(body) for name, body in contents.attachments.items()}
    plain["certificates"] = [wire.pack(item) for item in contents.certificates]
    plain["sealed"] = [wire.pack(item) for item in contents.sealed]
    plain["crls"] = [wire.pack(item) for item in contents.crls]
    return plain


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedInput("frame_malformed")
    return value


def _sequence(value: object) -> list[object]:
    if not isinstance(value, list):
        raise MalformedInput("frame_malformed")
    return value


_LAZY = ("asn1crypto", "cryptography.hazmat", "encodings", "pyhanko_certvalidator")
"""Packages whose modules import each other on first use."""
_NOT_THERE = ("_tests", "tests", "mbcs", "oem", "__main__", "fetchers")


_REPORTS = ("pyhanko.sign.validation.report", "pyhanko.generated", "xsdata.formats.dataclass")
"""Packages that write ETSI reports."""


def _warm(more: Sequence[str]) -> None:
    """Import every module a job can come to need, since no file can be opened afterwards."""
    for name in (*_LAZY, *more):
        _load(importlib.import_module(name))
    tzlocal.get_localzone()
    Image.init()


def _load(package: ModuleType) -> None:
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if found.name.rpartition(".")[2] in _NOT_THERE:
            continue
        # A part for another system (a Windows codec, a missing extra) is not needed here either.
        with contextlib.suppress(ImportError, LookupError):
            module = importlib.import_module(found.name)
            if found.ispkg:
                _load(module)


if __name__ == "__main__":
    raise SystemExit(main())
