"""Training steps of linear heads as saev's contrib/semseg and contrib/classification do them in PyTorch, on the CPU: a
module for each head, their logits stacked, one loss, one AdamW with a group for each head.

    python bench/probes.py --rows 1024 --d 768 --classes 151 --threads 2 --steps 5

Prints one line of JSON. No data are loaded: every step has the same batch.
"""

import argparse
import json

import torch
from measure import peak_memory, timed

parser = argparse.ArgumentParser()
parser.add_argument("--rows", type=int, default=1024)
parser.add_argument("--d", type=int, default=768)
parser.add_argument("--classes", type=int, default=151)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--steps", type=int, default=5)
args = parser.parse_args()

torch.set_num_threads(args.threads)
torch.manual_seed(1)
rates = [(lr, wd) for lr in (1e-4, 1e-3, 1e-2) for wd in (1e-3, 1e-2, 1e-1)]
models = torch.nn.ModuleList([torch.nn.Linear(args.d, args.classes) for _ in rates])
groups = [
    {"params": model.parameters(), "lr": lr, "weight_decay": wd}
    for model, (lr, wd) in zip(models, rates)
]
optim = torch.optim.AdamW(groups, lr=rates[0][0], weight_decay=rates[0][1])
acts = torch.randn(args.rows, args.d)
targets = torch.randint(0, args.classes, (args.rows,))


def step():
    logits = torch.stack([model(acts) for model in models])
    loss = torch.nn.functional.cross_entropy(
        logits.view(-1, args.classes), targets.expand(len(rates), -1).reshape(-1)
    )
    loss.backward()
    optim.step()
    optim.zero_grad()


times, cpu_times = timed(step, args.steps)
name = f"PyTorch {torch.__version__}, {args.threads} threads"
print(json.dumps({"name": name, "times": times, "cpuTimes": cpu_times, "peakBytes": peak_memory()}))
