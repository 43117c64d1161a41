"""Image classifiers, each with its classes and its own preprocessing."""
