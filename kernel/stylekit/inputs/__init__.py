"""From what the user typed to images, masks and timestamps.

`syntax` reads source strings, `sources` and `regions` find the component for one, `schedule` places
styles in a video, and `config_paths` knows which texts of a configuration are paths.
"""
