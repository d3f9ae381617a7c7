"""Everything that is known about one file, gathered into one record before anybody judges it."""
