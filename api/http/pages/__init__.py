"""One module per journey of a person; each has a ``router``."""
