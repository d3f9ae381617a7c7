"""What every visitor or machine may ask: signing in, guide, feedback, health, the log, status lists."""
