"""What several plugins' networks share: tables of layers, networks, and fast convolutions.

This is no plugin: it registers nothing, and every plugin may import it. Tables are in modules that
import no torch.
"""
