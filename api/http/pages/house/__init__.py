"""The house's own people: window, review, statuses, staff, tasks; and its auditor."""
