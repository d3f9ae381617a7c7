"""Kills the house at every step of issuing and counts what is left, by rules an auditor would use."""
