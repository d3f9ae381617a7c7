"""Watch until award (盯到): a receiver is told when a report that it relies on changes."""
