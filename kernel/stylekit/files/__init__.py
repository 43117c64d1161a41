"""Files: written atomically, never replaced unless requested, and read with limits."""
