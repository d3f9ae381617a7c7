"""The subject of reports: asking for them, showing them, objecting to them; at its desk or in the hall."""
