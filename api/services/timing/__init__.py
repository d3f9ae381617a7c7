"""What happens by itself: timed tasks, sweeps, and who carries them out."""
