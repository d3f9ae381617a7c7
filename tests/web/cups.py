"""A printing system of the tests' own: CUPS on a free port with one queue, and the paper that comes out of it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

QUEUE = "paper"
PPD = Path("/usr/share/ppd/cups-pdf/CUPS-PDF_opt.ppd")
BACKEND = Path("/usr/lib/cups/backend/cups-pdf")
SECONDS = 90


@dataclass
class Paper:
    """A running private CUPS whose queue prints into files."""

    server: str
    """``host:port``."""
    tray: Path
    """Directory in which the printed files appear."""
    device: str
    """What stands behind the queue: ``cups-pdf``, or ``file`` where that cannot run as this user."""
    numbers: set[str] = field(default_factory=set)
    """Reports looked for; what came out for them is taken away in the end."""

    def printed(self, number: str) -> bytes:
        """The file that came out for report ``number``; waits for the printer."""
        self.numbers.add(number)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            for path in sorted(self.tray.glob("*.pdf")):
                fits = number in path.name or self.device == "file"
                if fits and path.stat().st_size and not self._busy():
                    return path.read_bytes()
            time.sleep(0.3)
        raise AssertionError(f"nothing was printed for {number}")

    def _busy(self) -> bool:
        said = subprocess.run(
            ["lpstat", "-h", self.server, "-o", QUEUE], capture_output=True, text=True, check=False
        )
        return QUEUE in said.stdout


@contextmanager
def printing() -> Iterator[Paper]:
    """A private cupsd; ended and its files taken away with the block.

    CUPS-PDF's back end must be started by root and prints into the user's ``~/PDF``; elsewhere the
    queue writes the file it is given.
    """
    with TemporaryDirectory(prefix="paper") as name:
        # Filters run as another user, who must be able to read the spool.
        Path(name).chmod(0o755)
        with _running(Path(name)) as paper:
            yield paper


@contextmanager
def _running(folder: Path) -> Iterator[Paper]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        server = f"127.0.0.1:{free.getsockname()[1]}"
    _write(folder, server)
    words = ["cupsd", "-f", "-c", str(folder / "cupsd.conf"), "-s", str(folder / "cups-files.conf")]
    process = subprocess.Popen([shutil.which("cupsd", path="/usr/sbin:/usr/bin") or "cupsd", *words[1:]])
    try:
        _wait(server)
        device = "cups-pdf" if os.geteuid() == 0 and BACKEND.exists() else "file"
        paper = _queue(folder, server, device)
        yield paper
        for number in paper.numbers:
            for path in paper.tray.glob(f"*{number}*"):
                path.unlink()
    finally:
        process.terminate()
        process.wait(20)


def _queue(folder: Path, server: str, device: str) -> Paper:
    if device == "cups-pdf":
        tray = Path(pwd.getpwuid(os.geteuid()).pw_dir) / "PDF"
        more = ["-v", "cups-pdf:/", "-P", str(PPD)]
    else:
        tray = folder / "tray"
        tray.mkdir()
        more = ["-v", f"file://{tray}/out.pdf"]
    subprocess.run(
        ["lpadmin", "-h", server, "-p", QUEUE, "-E", *more], check=True, capture_output=True, env=_ENVIRONMENT
    )
    return Paper(server=server, tray=tray, device=device)


_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


def _write(folder: Path, server: str) -> None:
    for name in ("root/ppd", "run", "spool", "cache", "tmp", "log"):
        (folder / name).mkdir(parents=True)
    (folder / "tmp").chmod(0o1777)
    (folder / "cupsd.conf").write_text(
        f"Listen {server}\nBrowsing No\nDefaultAuthType None\nLogLevel warn\n"
        "<Location />\nOrder allow,deny\nAllow from 127.0.0.1\n</Location>\n"
        "<Location /admin>\nOrder allow,deny\nAllow from 127.0.0.1\n</Location>\n"
        "<Policy default>\n<Limit All>\nOrder deny,allow\n</Limit>\n</Policy>\n"
    )
    places = {
        "ServerRoot": "root", "StateDir": "run", "RequestRoot": "spool", "CacheDir": "cache", "TempDir": "tmp",
        "AccessLog": "log/access", "ErrorLog": "log/error", "PageLog": "log/page",
    }  # fmt: skip
    lines = [f"{word} {folder / place}" for word, place in places.items()]
    group = "root" if os.geteuid() == 0 else str(os.getegid())
    (folder / "cups-files.conf").write_text("\n".join([*lines, "FileDevice Yes", f"SystemGroup {group}", ""]))


def _wait(server: str) -> None:
    host, _, port = server.rpartition(":")
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            socket.create_connection((host, int(port)), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("cupsd did not start")


def rasterised(pdf: bytes, folder: Path, *, dpi: int = 200) -> list[Path]:
    """Each page of the printed file as JPEG, as a scanner gives it; packing one as PNG takes seconds."""
    source = folder / "printed.pdf"
    source.write_bytes(pdf)
    subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-jpeg", "-jpegopt", "quality=85", str(source), str(folder / "page")],
        check=True,
        capture_output=True,
    )
    return sorted(folder.glob("page*.jpg"))
