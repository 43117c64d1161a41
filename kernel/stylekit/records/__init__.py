"""What a run writes down, so that it can be repeated, resumed and recognized."""
