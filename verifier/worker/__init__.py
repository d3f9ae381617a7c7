"""Processes that can do nothing but read: the pool of them, the sandbox, the frames in between."""
