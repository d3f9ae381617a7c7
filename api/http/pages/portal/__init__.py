"""Anybody who checks a report: files, codes, photographs, hashes, numbers; without signing in."""
