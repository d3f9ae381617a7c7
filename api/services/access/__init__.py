"""Who somebody is and what they may see: the access table, sign-in, organisations, keys, staff, looks."""
