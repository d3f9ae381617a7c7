"""Credit records: standard files in, what counts out.  Pure: no clock, no database, no network."""
