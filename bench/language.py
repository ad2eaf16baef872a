"""Run one case of bench/language.ts with TransformerLens and PyTorch.

    python bench/language.py CASE

CASE is a LanguageCase of bench/language-case.ts as JSON. Prints one line of JSON. bench/language.ts writes the model.
"""

import json
import sys
from importlib.metadata import version

import torch
from language_model import open_model
from measure import peak_memory, timed


def main(job):
    torch.set_grad_enabled(False)
    torch.set_num_threads(job["threads"])
    model = open_model(job["model"])
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(0, 50257, (job["batch"], job["length"]), generator=generator)
    greedy = dict(max_new_tokens=job["newTokens"], do_sample=False, stop_at_eos=False, return_type="tokens", verbose=False)
    works = {
        "logits": lambda: model(tokens),
        "logits and one hook": lambda: model.run_with_cache(tokens, names_filter=[job["point"]]),
        "one hook": lambda: model.run_with_cache(tokens, names_filter=[job["point"]], stop_at_layer=9),
        "loss": lambda: model(tokens, return_type="loss"),
        "generate": lambda: model.generate(tokens, **greedy),
    }
    times, cpu_times = timed(works[job["work"]], job["calls"])
    name = f"TransformerLens {version('transformer_lens')}, torch {torch.__version__}, {job['threads']} threads"
    print(json.dumps(dict(name=name, times=times, cpuTimes=cpu_times, peakBytes=peak_memory())))


main(json.loads(sys.argv[1]))
