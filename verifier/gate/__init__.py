"""The byte gate: the raw bytes are of our one shape, before any PDF library sees them."""
