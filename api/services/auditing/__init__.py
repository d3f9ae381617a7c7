"""What an auditor asks of a house: packs, searches, activity."""
