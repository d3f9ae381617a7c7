"""The process that does what is due: DBOS carries the jobs, the services know what they are."""
