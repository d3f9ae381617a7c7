"""What an auditor asks: is the log whole, does every row fit it, what happened to one report."""
