"""Invented data for the demo, the bench and the tests: conforming to the standards, about nobody.

Everything is drawn from one seed and one day: the same two give the same bytes.  Names are
put together from word lists, codes carry the right check characters under a district code,
and each subject that a report is shown for was designed to show one thing.
"""
