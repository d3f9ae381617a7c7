"""The HTTP interface for machines, version 1."""
