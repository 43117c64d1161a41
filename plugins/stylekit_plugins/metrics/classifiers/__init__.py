"""Classifiers of pictures, each with its classes and its own way of preparing a picture."""
