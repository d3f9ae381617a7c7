"""Intake: files of bureaus and of subjects, what they become and what waits."""
