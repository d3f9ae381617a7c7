"""Verdicts told: in the words of one language and as JSON; nothing here decides."""
