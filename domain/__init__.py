"""What both sides stand on: frozen records, byte formats, verdict vocabulary, Merkle maths.

No I/O, no clock.
"""
