"""授权 and 一码通: what a subject lets others see, for a purpose and a time, and who used it (R22 to R24)."""
