"""One training step of a sparse autoencoder as saev's trainer does it in PyTorch, float32 on the CPU; with --ghosts, of
a transcoder with ghost gradients as transcoder-circuits does it.

    python bench/train_step.py --rows 2048 --d 768 --latents 24576 --l0 400 --threads 2 --steps 5

Prints one line of JSON. Weights and inputs have the recipe of bench/train-step-case.ts: inputs are standard normal and
encoder rows have length 1, so pre-activations are standard normal too, and one bias for all latents sets how many fire.
"""

import argparse
import json
from statistics import NormalDist

import torch
from measure import median, peak_memory, timed

parser = argparse.ArgumentParser()
parser.add_argument("--rows", type=int, default=2048)
parser.add_argument("--d", type=int, default=768)
parser.add_argument("--latents", type=int, default=24576)
parser.add_argument("--l0", type=float, default=400)
parser.add_argument("--l1-coefficient", type=float, default=4e-4)
parser.add_argument("--ghosts", type=float, default=0, help="share of dead latents")
parser.add_argument("--kind", choices=["relu", "topk", "batchtopk"], default="relu")
parser.add_argument("--aux", type=float, default=0, help="share of dead latents that explain what is left")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--steps", type=int, default=5)
args = parser.parse_args()

torch.set_num_threads(args.threads)
torch.manual_seed(1)
n_dead = round((args.ghosts + args.aux) * args.latents)
# Bias of dead latents: standard normal pre-activations never reach it.
NEVER = -7.0


class Autoencoder(torch.nn.Module):
    def __init__(self, d, latents, l0):
        super().__init__()
        decoder = torch.nn.functional.normalize(torch.randn(latents, d), dim=1)
        self.w_enc = torch.nn.Parameter(decoder.T.contiguous())
        self.w_dec = torch.nn.Parameter(decoder)
        level = NormalDist().inv_cdf(l0 / (latents - n_dead)) if args.kind == "relu" else 0.0
        bias = torch.full((latents,), level)
        bias[:n_dead] = NEVER
        self.b_enc = torch.nn.Parameter(bias)
        self.b_dec = torch.nn.Parameter(torch.zeros(d))
        if n_dead > 0:
            self.b_in = torch.nn.Parameter(torch.zeros(d))
            self.dead = torch.arange(latents) < n_dead

    def forward(self, x):
        """The terms of the loss, and the mean number of active latents."""
        pre = torch.einsum("bd,ds->bs", x - self.b_dec, self.w_enc) + self.b_enc
        codes = self.keep(torch.relu(pre))
        decoded = torch.einsum("bs,sd->bd", codes, self.w_dec) + self.b_dec
        # Divided by the largest input before squaring: huge activations do not overflow.
        largest = x.abs().max()
        scaled = (decoded / largest - x / largest) ** 2
        mse = (scaled * largest * largest).mean()
        l0 = (codes > 0).float().sum(dim=1).mean()
        l1 = codes.sum(dim=1).mean()
        return mse + self.aux_loss(pre, x - decoded), l1, l0

    def keep(self, codes):
        """The largest of each row, or of the batch, as SAELens takes them."""
        if args.kind == "relu":
            return codes
        flat = codes.flatten() if args.kind == "batchtopk" else codes
        k = round(args.l0) * (len(codes) if args.kind == "batchtopk" else 1)
        top = torch.topk(flat, k, dim=-1)
        return torch.zeros_like(flat).scatter(-1, top.indices, top.values).reshape(codes.shape)

    def aux_loss(self, pre, left):
        """AuxK as SAELens has it: the largest of the dead latents explain what is left."""
        if args.aux == 0:
            return 0.0
        top = pre.masked_fill(~self.dead, -torch.inf).topk(args.d // 2, dim=-1, sorted=False)
        codes = torch.zeros_like(pre).scatter(-1, top.indices, top.values)
        return ((codes @ self.w_dec - left.detach()) ** 2).mean()

    def transcode(self, x, target):
        """The same of a transcoder: errors over the norm of the target, and those of the dead latents."""
        pre = torch.einsum("bd,ds->bs", x - self.b_in, self.w_enc) + self.b_enc
        codes = torch.relu(pre)
        decoded = torch.einsum("bs,sd->bd", codes, self.w_dec) + self.b_dec
        errors = (decoded - target) ** 2 / target.norm(dim=1, keepdim=True)
        residual = (x - decoded).detach()
        length = residual.norm(dim=1, keepdim=True)
        ghosts = torch.exp(pre[:, self.dead]) @ self.w_dec[self.dead]
        scale = length / (1e-6 + 2 * ghosts.norm(dim=1, keepdim=True))
        misses = (ghosts * scale.detach() - residual) ** 2 / length
        misses = (errors / (misses + 1e-6)).detach() * misses
        l0 = (codes > 0).float().sum(dim=1).mean()
        l1 = codes.sum(dim=1).mean()
        return errors.mean() + misses.mean(), l1, l0

    @torch.no_grad()
    def normalize_decoder(self):
        self.w_dec.data /= self.w_dec.data.norm(dim=1, keepdim=True)

    @torch.no_grad()
    def remove_parallel_gradient(self):
        along = torch.einsum("sd,sd->s", self.w_dec.grad, self.w_dec.data)
        self.w_dec.grad -= torch.einsum("s,sd->sd", along, self.w_dec.data)


sae = Autoencoder(args.d, args.latents, args.l0)
# The learning rate stays 0, as in the first step of a warm-up, so that the codes stay as dense as they were asked for.
optimizer = torch.optim.Adam([{"params": sae.parameters(), "lr": 0.0}], fused=True)
x = torch.randn(args.rows, args.d)
target = torch.randn(args.rows, args.d)
seen = {}


def step():
    sae.normalize_decoder()
    mse, l1, l0 = sae(x) if args.ghosts == 0 else sae.transcode(x, target)
    (mse + args.l1_coefficient * l1).backward()
    sae.remove_parallel_gradient()
    optimizer.step()
    optimizer.zero_grad()
    seen.update(mse=mse.item(), l1=l1.item(), l0=l0.item())


wall, cpu = timed(step, args.steps)
print(
    json.dumps({
        "name": f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads",
        "ms": median(wall),
        "cpuMs": median(cpu),
        "times": wall,
        "cpuTimes": cpu,
        "peakBytes": peak_memory(),
        **seen,
    })
)
