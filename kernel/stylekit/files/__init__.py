"""Files that appear complete or not at all, replace nothing unasked, and are read within bounds."""
