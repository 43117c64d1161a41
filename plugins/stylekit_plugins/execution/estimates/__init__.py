"""How long a run takes: from the measured speed of earlier runs, or of a few small steps."""
