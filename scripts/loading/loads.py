"""The loads: uploads, look-ups, pages, one batch; what each may take at most."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import httpx2
import pypdfium2

from scripts.loading.arrivals import Times, steadily

VERIFY = "/api/v1/verifications"
PAGES = ("/", "/verify", "/batch", "/guide", "/sign-in")
_ASSET = re.compile(r'(?:href|src)="(/static/[^"]+)"')
_NUMBER = re.compile(r"\b[0-9]{6} [0-9]{8} [0-9A-F]{8}\b")
_CODE = re.compile(r"\b[0-9]{4} [0-9]{4} [0-9]{4}\b")
BATCH_AT_ONCE = 4
"""Files a browser sends at a time."""


@dataclass(frozen=True, slots=True)
class Reports:
    """Reports in use."""

    pdfs: tuple[bytes, ...]

    @property
    def digests(self) -> tuple[str, ...]:
        """Their SHA-256."""
        return tuple(hashlib.sha256(pdf).hexdigest() for pdf in self.pdfs)

    def hostile(self, number: int) -> bytes:
        """Give bytes that are no good: a changed bit, an update, a cut, noise, a bomb."""
        pdf = bytearray(self.pdfs[number % len(self.pdfs)])
        kind = number // 10 % 5
        if kind == 0:
            pdf[len(pdf) // 2] ^= 1
        elif kind == 1:
            pdf += b"\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
        elif kind == 2:
            del pdf[len(pdf) // 3 :]
        elif kind == 3:
            return bytes(range(256)) * 800
        else:
            return b"%PDF-1.7\n" + b"1 0 obj\n<</Type/Pages/Kids[" + b"1 0 R " * 30_000 + b"]>>\nendobj\n"
        return bytes(pdf)

    def typed(self, place: int) -> tuple[str, str]:
        """Give number and 核验码 as they stand on the cover."""
        text = pypdfium2.PdfDocument(self.pdfs[place])[0].get_textpage().get_text_range()
        return _NUMBER.findall(text)[0].replace(" ", ""), _CODE.findall(text)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table."""

    what: str
    times: Times
    at_most: dict[float, float]
    """Share of the answers: milliseconds."""
    unit: str = "ms"

    @property
    def good(self) -> bool:
        """Whether all came as expected and in time."""
        return not self.times.faults and all(self.times.at(s) <= most for s, most in self.at_most.items())

    @property
    def line(self) -> str:
        """Give the line as Markdown."""
        limits = ", ".join(f"p{share * 100:.0f} {most:,.0f}" for share, most in self.at_most.items())
        shown = " | ".join(f"{self.times.at(share):,.0f}" for share in (0.5, 0.95, 0.99))
        what = f"{self.what} ({self.unit})"
        return f"| {what} | {len(self.times.ms)} | {shown} | {limits} | {self.times.faults} |"


async def measure(address: str, reports: Reports, seconds: float, batch: int) -> list[Row]:
    """Give the rows, one load after the other."""
    async with httpx2.AsyncClient(base_url=address, timeout=60, trust_env=False) as client:
        await _warm(client, reports)
        return [
            await _uploads(client, reports, seconds),
            await _by_hash(client, reports, seconds),
            await _by_number(client, reports, seconds),
            await _pages(client, seconds),
            await _weights(client),
            await _batch(client, reports, batch),
        ]


async def _warm(client: httpx2.AsyncClient, reports: Reports) -> None:
    await asyncio.gather(
        *(client.post(VERIFY, files={"file": ("a.pdf", pdf)}) for pdf in reports.pdfs * 2),
        *(client.get(path) for path in PAGES),
    )
    for digest in reports.digests:
        await client.post(VERIFY, json={"sha256": digest})


async def _uploads(client: httpx2.AsyncClient, reports: Reports, seconds: float) -> Row:
    async def ask(number: int) -> bool:
        hostile = number % 10 == 9
        data = reports.hostile(number) if hostile else reports.pdfs[number % len(reports.pdfs)]
        answer = await client.post(VERIFY, files={"file": ("report.pdf", data)})
        return answer.is_success and (answer.json()["status"] == "VALID") is not hostile

    times = await steadily(10, seconds, ask)
    return Row(what="verify, 10 uploads/s, one in ten hostile", times=times, at_most={0.95: 1000, 0.99: 3000})


async def _by_hash(client: httpx2.AsyncClient, reports: Reports, seconds: float) -> Row:
    digests = reports.digests

    async def ask(number: int) -> bool:
        answer = await client.post(VERIFY, json={"sha256": digests[number % len(digests)]})
        return answer.is_success and bool(answer.json()["status"] == "VALID")

    return Row(what="look-up by hash, 50/s", times=await steadily(50, seconds, ask), at_most={0.95: 50})


async def _by_number(client: httpx2.AsyncClient, reports: Reports, seconds: float) -> Row:
    typed = [reports.typed(place) for place in range(len(reports.pdfs))]

    async def ask(number: int) -> bool:
        which, code = typed[number % len(typed)]
        answer = await client.post(VERIFY, json={"number": which, "code": code})
        return answer.is_success and bool(answer.json()["status"] == "STANDS")

    return Row(what="look-up by number, 50/s", times=await steadily(50, seconds, ask), at_most={0.95: 50})


async def _pages(client: httpx2.AsyncClient, seconds: float) -> Row:
    async def ask(number: int) -> bool:
        return (await client.get(PAGES[number % len(PAGES)])).is_success

    return Row(what="portal pages, 20/s", times=await steadily(20, seconds, ask), at_most={0.95: 100})


async def _weights(client: httpx2.AsyncClient) -> Row:
    weights = [await _weight(client, path) / 1000 for path in PAGES]
    times = Times(tuple(weights), 0)
    return Row(what="first visit of a page with all it loads", times=times, at_most={1.0: 150}, unit="KB")


async def _weight(client: httpx2.AsyncClient, path: str) -> int:
    """Bytes over the wire of a page and of every file it names."""
    page = await client.get(path)
    files = dict.fromkeys(_ASSET.findall(page.text))
    return sum([await _sent(client, each) for each in (path, *files)])


async def _sent(client: httpx2.AsyncClient, path: str) -> int:
    async with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
        head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
        return head + sum([len(part) async for part in answer.aiter_raw()])


async def _batch(client: httpx2.AsyncClient, reports: Reports, count: int) -> Row:
    origin = {"Origin": str(client.base_url).rstrip("/")}
    files: Sequence[bytes] = [reports.pdfs[n % len(reports.pdfs)] for n in range(count)]
    started, seen = perf_counter(), set[int]()
    await client.post("/batch/open", data={"total": str(count)}, headers=origin)
    room = asyncio.Semaphore(BATCH_AT_ONCE)

    async def send(number: int) -> None:
        async with room:
            part = {"file": (f"{number}.pdf", files[number])}
            seen.add((await client.post("/batch/file", files=part, headers=origin)).json()["done"])

    await asyncio.gather(*(send(number) for number in range(count)))
    shown = await client.get("/batch/result")
    seconds = perf_counter() - started
    # Progress is shown: nearly every file's answer says another number done.
    good = shown.is_success and len(seen) > count // 2 and max(seen) == count
    times = Times((seconds,), int(not good))
    return Row(what=f"batch of {count} files with progress", times=times, at_most={1.0: 30}, unit="s")
