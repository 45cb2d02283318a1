"""Golden data: what Keras itself makes of each network with the seeded weights and the seeded image (../seeded.ts).

    pip install tensorflow-cpu==2.21.0 keras==3.15.1 tf-keras==2.21.0 numpy
    python regenerate.py --check [ID...]         compare with the files here, write nothing; exit code 1 on any miss
    python regenerate.py [ID...]                 write the files here; then: npx biome format --write golem-image/zoo
    python regenerate.py --save DIR [ID...]      also save each network as DIR/ID_weights.h5 and DIR/ID_model.h5

Without IDs: all sixteen. --float32 computes in float32 instead of float64 (default), and --legacy takes tf-keras
(Keras 2) instead of Keras 3; that is what can save the legacy .h5 layout of the published weights. About ten seconds a
network on two cores.

The files here were made with Keras 3.12.0 on PyTorch in float64. TensorFlow's dense layers work in float32 even then, so
logits made with it differ by up to 4e-6.
"""

import argparse
import base64
import hashlib
import json
import os
import pathlib
import re
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np  # noqa: E402

HERE = pathlib.Path(__file__).parent
LOGIT_TOLERANCE = 1e-4

# id: name in keras.applications, input size, mode, damping of all convolutions, gains by layer name (last match counts)
NETWORKS = {
    "densenet121": ("DenseNet121", 224, "torch", 1, []),
    "densenet169": ("DenseNet169", 224, "torch", 1, []),
    "densenet201": ("DenseNet201", 224, "torch", 1, []),
    "resnet50": ("ResNet50", 224, "caffe", 1, [("_3_bn$", 0.25), ("^predictions$", 0.5)]),
    "resnet101": ("ResNet101", 224, "caffe", 1, [("_3_bn$", 0.25), ("^predictions$", 0.25)]),
    "resnet152": ("ResNet152", 224, "caffe", 1, [("_3_bn$", 0.125), ("^predictions$", 0.5)]),
    "resnet50v2": ("ResNet50V2", 224, "tf", 1, [("_3_conv$", 0.25)]),
    "resnet101v2": ("ResNet101V2", 224, "tf", 1, [("_3_conv$", 0.25)]),
    "resnet152v2": ("ResNet152V2", 224, "tf", 1, [("_3_conv$", 0.25), ("^predictions$", 0.5)]),
    "vgg16": ("VGG16", 224, "caffe", 1, []),
    "vgg19": ("VGG19", 224, "caffe", 1, []),
    "nasnet_large": ("NASNetLarge", 331, "tf", 0.75, [("^predictions$", 4)]),
    "nasnet_mobile": ("NASNetMobile", 224, "tf", 0.75, [("^predictions$", 4)]),
    "xception": ("Xception", 299, "tf", 1, [("block([5-9]|1[0-2])_sepconv3_bn$", 0.25), ("^predictions$", 0.25)]),
    "inception_v3": ("InceptionV3", 299, "tf", 1, []),
    "inception_resnet_v2": ("InceptionResNetV2", 299, "tf", 1, [("^predictions$", 0.25)]),
}


def main():
    options = arguments()
    keras = backend(options)
    misses = 0
    for model_id in options.ids or NETWORKS:
        keras.backend.clear_session()
        model, golden, logits = compute(keras, model_id, options)
        if options.save:
            save(model, model_id, options.save)
        path = HERE / f"{model_id}.json"
        if options.check:
            misses += not agrees(model_id, golden, logits, json.loads(path.read_text()), options)
        elif not options.save:
            path.write_text(json.dumps(golden, indent=2) + "\n")
    sys.exit(1 if misses else 0)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--save", type=pathlib.Path)
    parser.add_argument("--float32", action="store_true")
    parser.add_argument("--legacy", action="store_true")
    options = parser.parse_args()
    unknown = set(options.ids) - set(NETWORKS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    if options.legacy and not (options.check or options.save):
        parser.error("--legacy only with --check or --save: layer names are those of Keras 3")
    return options


def backend(options):
    if options.legacy:
        import tf_keras as keras
    else:
        os.environ["KERAS_BACKEND"] = "tensorflow"
        import keras
    keras.backend.set_floatx("float32" if options.float32 else "float64")
    return keras


def compute(keras, model_id, options):
    name, size, mode, _, _ = NETWORKS[model_id]
    model = getattr(keras.applications, name)(weights=None, classifier_activation=None)
    weighted = [layer for layer in model.layers if layer.weights]
    digest = hashlib.md5()
    for k, layer in enumerate(weighted):
        values = [seeded(model_id, k, j, layer, short_name(w), tuple(w.shape)) for j, w in enumerate(layer.weights)]
        for value in values:
            digest.update(value.tobytes())
        layer.set_weights(values)
    image = seeded_image(size)
    logits = model.predict(preprocessed(image, mode)[None], verbose=0)[0].astype(np.float64)
    probabilities = np.exp(logits - logits.max())
    probabilities /= probabilities.sum()
    golden = {
        "model": model_id,
        "keras": f"{keras.__version__} on TensorFlow, {'float32' if options.float32 else 'float64'}",
        "layers": len(model.layers),
        "parameters": model.count_params(),
        "imageMd5": hashlib.md5(image.tobytes()).hexdigest(),
        "weightsMd5": digest.hexdigest(),
        "top5": [[int(c), float(f"{probabilities[c]:.9g}")] for c in np.argsort(-probabilities)[:5]],
        "logits": base64.b64encode(logits.astype("<f4").tobytes()).decode(),
        "weighted": [f"{layer.name}: " + ", ".join(map(described, layer.weights)) for layer in weighted],
    }
    return model, golden, logits


def agrees(model_id, golden, logits, kept, options):
    delta = np.abs(logits - np.frombuffer(base64.b64decode(kept["logits"]), "<f4")).max()
    # tf-keras names a few layers otherwise; the order of arrays and shapes must be the same all the same.
    name = (lambda line: line.split(": ")[1]) if options.legacy else (lambda line: line)
    same = {
        "layers": golden["layers"] == kept["layers"],
        "parameters": golden["parameters"] == kept["parameters"],
        "image": golden["imageMd5"] == kept["imageMd5"],
        "weights": golden["weightsMd5"] == kept["weightsMd5"],
        "order": list(map(name, golden["weighted"])) == list(map(name, kept["weighted"])),
        "top 5": [c for c, _ in golden["top5"]] == [c for c, _ in kept["top5"]],
        "logits": delta <= LOGIT_TOLERANCE,
    }
    misses = [part for part, equal in same.items() if not equal]
    print(f"{model_id:20}  max |Δlogit| {delta:.1e}  {'differs: ' + ', '.join(misses) if misses else 'ok'}", flush=True)
    return not misses


def save(model, model_id, directory):
    directory.mkdir(parents=True, exist_ok=True)
    model.save_weights(directory / f"{model_id}_weights.h5", save_format="h5")
    model.save(directory / f"{model_id}_model.h5", save_format="h5")


def short_name(weight):
    return weight.name.split("/")[-1].split(":")[0]


def described(weight):
    return f"{short_name(weight)} {'x'.join(map(str, weight.shape))}"


def seeded(model_id, k, j, layer, array, shape):
    centre, limit = spread(model_id, k, layer, array, shape)
    numbers = (hashes(f"{model_id}/{k}/{j}", int(np.prod(shape))) >> np.uint32(8)).astype(np.float64)
    return (centre + (numbers / 2**23 - 1) * limit).astype("<f4").reshape(shape)


def spread(model_id, k, layer, array, shape):
    """Centre and limit of the numbers of one array."""
    _, _, mode, damping, gains = NETWORKS[model_id]
    gain = next((g for pattern, g in reversed(gains) if re.search(pattern, layer.name)), 1)
    fan_in = np.prod(shape[:-1])
    kind = type(layer).__name__
    if kind == "BatchNormalization":
        if not layer.scale:
            gain = 1
        ranges = {"gamma": (gain, 0.25 * gain), "beta": (0, 0.2 * gain), "moving_mean": (0, 0.2)}
        return ranges.get(array, (1, 0.4))
    if kind == "Dense":
        if array == "bias":
            return 0, 0.1
        return 0, gain * np.sqrt((3 if layer.name == "predictions" else 6) / fan_in)
    if array == "bias":
        return 0, 0.1 * gain
    if array == "depthwise_kernel":
        return 0, np.sqrt(3 / (shape[0] * shape[1]))
    return 0, damping * gain * np.sqrt(6 / fan_in) / (64 if mode == "caffe" and k == 0 else 1)


def seeded_image(size):
    y, x, c = np.mgrid[0:size, 0:size, 0:3]
    ramps = [255 * x // (size - 1), 255 * y // (size - 1)]
    chess = 160 * ((x // 16 + y // 16) % 2) + 40
    noise = (hashes("image", size * size * 3) >> np.uint32(27)).astype(np.int64).reshape(size, size, 3) - 16
    return np.clip(np.select([c == 0, c == 1], ramps, chess) + noise, 0, 255).astype(np.uint8)


def hashes(key, count):
    """32 bits for each of the first places of a stream."""
    seed = 0x811C9DC5
    for byte in key.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF
    with np.errstate(over="ignore"):
        x = np.uint32(seed) + np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9)
        x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return x ^ (x >> np.uint32(16))


def preprocessed(image, mode):
    x = image.astype(np.float64)
    if mode == "tf":
        return x / 127.5 - 1
    if mode == "torch":
        return (x / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    return x[..., ::-1] - [103.939, 116.779, 123.68]


if __name__ == "__main__":
    main()
