"""A bounded load on the service, from a process of its own, and what it answered with."""
