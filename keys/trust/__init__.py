"""Public data only: what a stranger needs to check what a house signed."""
