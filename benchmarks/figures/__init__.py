"""Figures as data: JSON files here, and the tables in the documents that are made from them."""
