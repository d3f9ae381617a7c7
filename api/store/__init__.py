"""Rows, repositories and migrations: the only home of SQL.  Domain records go in and come out."""
