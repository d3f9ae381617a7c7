"""Limits at the door, each with its unit and its reason (ASVS 5.2.1, 5.2.3, 15.1.3)."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierLimits:
    """How much one file may cost; the defaults are the figures of the threat model."""

    max_file_bytes: int = 20 * MIB
    """A report is under 200 KB; twenty MiB leave room for scans and stop uploads that only burn memory."""
    max_pages: int = 200
    """A full report of a large group stays far below; page trees of 10,000 are attacks."""
    max_pixels: int = 40_000_000
    """A 600-dpi A4 scan has 35 million; a larger picture is a decompression bomb."""
    max_attachment_bytes: int = 8 * MIB
    """Unpacked size of one embedded file that is read."""
    max_unpacked_bytes: int = 64 * MIB
    """Unpacked size of all streams a foreign file may make us read."""
    max_objects: int = 200_000
    """Indirect objects of a PDF; ours has a few thousand."""
    max_result_bytes: int = 24 * MIB
    """Largest answer accepted from a worker process."""
    max_gap_bytes: int = 32 * 1024
    """Bytes of DER the signature gap may hold; ours holds 4 KiB, an outside RSA stamp 8 KiB."""
    address_space_bytes: int = 512 * MIB
    """RLIMIT_AS of a worker."""
    cpu_seconds: int = 10
    """CPU time of one job; the soft limit of the process is raised by this much for each job."""
    wall_seconds: float = 10.0
    """Elapsed time of one job, after which its process is killed."""
    start_seconds: float = 60.0
    """Elapsed time a worker may take to import its libraries and close its sandbox."""
    jobs_per_worker: int = 200
    """A worker is replaced after so many jobs, so that a slow leak cannot grow."""


DEFAULT_LIMITS = VerifierLimits()
