"""Use-cases of the house.  They alone commit; every one takes its context and the instant it happens at."""
