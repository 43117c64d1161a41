"""stylekit against its peers: same pictures, same weights, same size, one judge; see README.md."""
