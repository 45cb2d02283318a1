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


def main(application, weights, *images):
    build = getattr(keras.applications, application)
    preprocess = sys.modules[build.__module__].preprocess_input
    model = build(weights=weights)
    size = model.input_shape[1:3]
    batch = np.stack([keras.utils.img_to_array(keras.utils.load_img(image, target_size=size)) for image in images])
    probabilities = model.predict(preprocess(batch), verbose=0)
    top = [[int(c) for c in np.argsort(-row)[:5]] for row in probabilities]
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"top": top, "cpuMs": 1000 * (usage.ru_utime + usage.ru_stime), "peakMib": usage.ru_maxrss / 1024}))


main(*sys.argv[1:])
