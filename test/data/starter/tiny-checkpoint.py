"""Writes tiny-checkpoint.pth: a state dict in PyTorch's old file form, whose numbers count up by 1/4 from each tensor's
first. Its convolution kernel lies as height, width, in, out, and its two biases are windows on one storage.

    python3 tiny-checkpoint.py OUTPUT
"""

import collections
import sys

import torch

biases = torch.arange(8) / 4
state = collections.OrderedDict(
    [
        ("conv.weight", (torch.arange(18) / 4).reshape(1, 2, 3, 3).permute(3, 2, 0, 1)),
        ("bn.weight", torch.arange(3) / 4),
        ("bn.bias", biases[1:4]),
        ("bn.running_mean", torch.arange(3) / 4 + 10),
        ("bn.running_var", torch.arange(3) / 4 + 20),
        ("bn.num_batches_tracked", torch.tensor(7)),
        ("fc.weight", (torch.arange(6) / 4).reshape(2, 3)),
        ("fc.bias", biases[4:8:2]),
    ]
)
state._metadata = collections.OrderedDict(version=1)
torch.save(state, sys.argv[1], _use_new_zipfile_serialization=False)
