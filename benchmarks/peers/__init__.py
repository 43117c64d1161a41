"""stylekit against its peers: same images, weights and size, one evaluator; see README.md."""
