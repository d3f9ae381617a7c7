"""The house itself: its store, its use-cases, its doors.  Parts are put together in :mod:`api.container` alone."""
