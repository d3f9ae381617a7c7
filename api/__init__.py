"""The house itself: its store, its use-cases, its doors; :mod:`api.container` joins them."""
