"""What PyTorch makes of the starter network's checkpoint: the reference that mlg's ONNX file is held against.

    python3 reference.py PACKAGE CHECKPOINT OUTPUT PHOTO...

PACKAGE is the unpacked wheel of efficientnet-lite-pytorch 0.1.0, whose model code runs here as published. Each photo is
resized as the service does it (Pillow, bicubic, the aspect ratio is not kept). Writes OUTPUT/reference.json (MD5 of the
resized RGB bytes, logits as base64 of little-endian float32) and each resized photo as OUTPUT/<name>.png.
Last run with PyTorch 1.13.0, Pillow 9.4.0, NumPy 1.24.2 (Debian 12).
"""

import base64
import hashlib
import json
import pathlib
import sys

import numpy
import PIL
import PIL.Image
import torch

package, checkpoint, output, *photos = sys.argv[1:]
sys.path.insert(0, package)
from efficientnet_lite_pytorch import EfficientNet  # noqa: E402


def main():
    model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=checkpoint).eval()
    reference = {
        "torch": torch.__version__,
        "pillow": PIL.__version__,
        "photos": [of_photo(model, pathlib.Path(photo)) for photo in photos],
    }
    with open(pathlib.Path(output) / "reference.json", "w") as file:
        json.dump(reference, file, indent=1)
        file.write("\n")


def of_photo(model, path):
    image = PIL.Image.open(path).resize((224, 224), PIL.Image.Resampling.BICUBIC).convert("RGB")
    image.save(pathlib.Path(output) / f"{path.stem}.png", icc_profile=None)
    # MEAN_RGB and STDDEV_RGB of the network's authors: tensorflow/tpu, efficientnet_lite_builder.py
    pixels = (numpy.asarray(image, dtype=numpy.float32) - 127) / 128
    with torch.no_grad():
        logits = model(torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy()))[0].numpy()
    return {
        "photo": path.name,
        "md5": hashlib.md5(image.tobytes()).hexdigest(),
        "logits": base64.b64encode(logits.astype("<f4").tobytes()).decode(),
    }


main()
