"""What only programs ask for: answers that repeat, lists in pages, verdicts as data."""
