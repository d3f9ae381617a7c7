"""The command line: a second door to the same services; heavy parts load when a command runs."""
