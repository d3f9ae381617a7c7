"""Who was shown a report: opening it under a grant, following it; the organisation and its keys."""
