"""What the original service's worker did: python worker.py APPLICATION WEIGHTS IMAGE...

Imports TensorFlow, builds the network of keras.applications, loads its weights, predicts the images as one batch and
prints the five most probable classes of each, with what that took, as one JSON object.
"""

import json
import os
import resource
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras  # noqa: E402
import numpy as np  # noqa: E402

MODULES = {
    "DenseNet121": "densenet",
    "DenseNet169": "densenet",
    "DenseNet201": "densenet",
    "ResNet50": "resnet",
    "ResNet101": "resnet",
    "ResNet152": "resnet",
    "ResNet50V2": "resnet_v2",
    "ResNet101V2": "resnet_v2",
    "ResNet152V2": "resnet_v2",
    "VGG16": "vgg16",
    "VGG19": "vgg19",
    "NASNetLarge": "nasnet",
    "NASNetMobile": "nasnet",
    "Xception": "xception",
    "InceptionV3": "inception_v3",
    "InceptionResNetV2": "inception_resnet_v2",
}


def main(application, weights, *images):
    module = getattr(keras.applications, MODULES[application])
    model = getattr(module, application)(weights=weights)
    size = model.input_shape[1:3]
    batch = np.stack([keras.utils.img_to_array(keras.utils.load_img(image, target_size=size)) for image in images])
    probabilities = model.predict(module.preprocess_input(batch), verbose=0)
    top = [[int(c) for c in np.argsort(-row)[:5]] for row in probabilities]
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"top": top, "cpuMs": 1000 * (usage.ru_utime + usage.ru_stime), "peakMib": usage.ru_maxrss / 1024}))


main(*sys.argv[1:])
