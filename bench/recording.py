"""Record one residual stream of a CLIP image tower with open_clip and PyTorch, as saev's recorder does.

    python bench/recording.py --weights tower.safetensors --layer -1 --batch 16 --threads 2 --calls 5 [--images FOLDER --out FOLDER]

Prints one line of JSON. Without --images, pixels are in memory and nothing is written. bench/recording.ts writes the
weights and the images.
"""

import argparse
import json
import os

import numpy as np
import torch
from measure import median, peak_memory, timed
from open_clip.transform import image_transform
from open_clip.transformer import QuickGELU, VisionTransformer
from safetensors.torch import load_file
from torchvision.datasets import ImageFolder

parser = argparse.ArgumentParser()
parser.add_argument("--weights", required=True)
parser.add_argument("--images")
parser.add_argument("--out")
parser.add_argument("--layer", type=int, default=-1)
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--workers", type=int, default=2)
parser.add_argument("--calls", type=int, default=5)


def open_tower(path):
    """The image tower whose sizes follow from its weights."""
    prefix = "visual."
    weights = {k.removeprefix(prefix): v for k, v in load_file(path).items()}
    width, _, patch, _ = weights["conv1.weight"].shape
    grid = round((weights["positional_embedding"].shape[0] - 1) ** 0.5)
    layers = sum(k.endswith("ln_1.weight") for k in weights)
    tower = VisionTransformer(
        image_size=grid * patch, patch_size=patch, width=width, layers=layers, heads=width // 64,
        mlp_ratio=4, output_dim=weights["proj"].shape[1], act_layer=QuickGELU,
    )  # fmt: skip
    tower.load_state_dict(weights)
    return tower.eval(), grid * patch


def main(args):
    torch.set_num_threads(args.threads)
    tower, size = open_tower(args.weights)
    kept = {}
    tower.transformer.resblocks[args.layer].register_forward_hook(
        lambda module, inputs, output: kept.update(stream=output)
    )

    @torch.inference_mode()
    def record(pixels):
        tower(pixels)
        # The recorder copies what the hook saw into storage of its own.
        return kept["stream"].clone()

    if args.images is None:
        n_images = args.batch
        pixels = torch.rand(args.batch, 3, size, size) * 4 - 2

        def call():
            record(pixels)
    else:
        dataset = ImageFolder(args.images, image_transform(size, is_train=False))
        n_images = len(dataset)
        loader = torch.utils.data.DataLoader(
            dataset, batch_size=args.batch, num_workers=args.workers,
            persistent_workers=args.workers > 0, shuffle=False,
        )  # fmt: skip

        def call():
            shard = None
            start = 0
            for pixels, _ in loader:
                stream = record(pixels)
                if shard is None:
                    shape = (n_images, 1, *stream.shape[1:])
                    path = os.path.join(args.out, "acts000000.bin")
                    shard = np.memmap(path, mode="w+", dtype=np.float32, shape=shape)
                shard[start : start + len(stream), 0] = stream.numpy()
                start += len(stream)
            shard.flush()

    wall, cpu = timed(call, args.calls)
    print(
        json.dumps({
            "name": f"open_clip in PyTorch {torch.__version__}, {torch.get_num_threads()} threads",
            "ms": median(wall),
            "cpuMs": median(cpu),
            "times": wall,
            "cpuTimes": cpu,
            "peakBytes": peak_memory(),
            "nImages": n_images,
        })
    )


if __name__ == "__main__":
    main(parser.parse_args())
