"""Issuing: from an order to a released file, and the log it leaves."""
