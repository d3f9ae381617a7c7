"""The house itself: founding, keys, region files, trust bundle."""
