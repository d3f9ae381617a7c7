"""One module per journey of a person, in a room per kind of visitor; each has a ``router``."""
