"""The desks: what an enterprise, the review, the window and the kiosk do with reports."""
