"""Run the path search of bench/circuits.ts with the original transcoder-circuits, TransformerLens and PyTorch.

    python bench/circuits.py CASE ORIGINALS

CASE is a CircuitCase of bench/circuits-case.ts as JSON; ORIGINALS holds transcoder_circuits/ and sae_training/. Prints one
line of JSON. bench/circuits.ts writes the weights.
"""

import contextlib
import io
import json
import resource
import sys
import time
import types
from importlib.metadata import version

import numpy
import torch
from language_model import open_model
from measure import peak_memory

# Plots and logging are not measured.
for missing in ("plotly", "plotly.graph_objs", "wandb"):
    sys.modules.setdefault(missing, types.ModuleType(missing))
sys.modules["plotly"].graph_objs = sys.modules["plotly.graph_objs"]


def open_coder(coder_type, job, layer):
    block = f"blocks.{layer}"
    cfg = types.SimpleNamespace(
        d_in=job["dModel"], d_out=job["dModel"], d_sae=job["dSae"], l1_coefficient=0, dtype=torch.float32, device="cpu",
        is_transcoder=True, is_sparse_connection=False, use_ghost_grads=False,
        hook_point=f"{block}.ln2.hook_normalized", hook_point_layer=layer,
        out_hook_point=f"{block}.hook_mlp_out", out_hook_point_layer=layer,
    )
    coder = coder_type(cfg).eval()
    read = lambda name: torch.from_numpy(numpy.fromfile(f"{job['folder']}/{name}{layer}.f32", numpy.float32))
    coder.W_enc.data = read("enc").reshape(job["dSae"], job["dModel"]).T.contiguous()
    coder.W_dec.data = read("dec").reshape(job["dSae"], job["dModel"])
    coder.b_enc.data.fill_(job["bias"])
    return coder


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main(job, originals):
    sys.path.insert(0, originals)
    with contextlib.redirect_stdout(io.StringIO()):
        from sae_training.sparse_autoencoder import SparseAutoencoder
        from transcoder_circuits import circuit_analysis as circuits
    torch.set_grad_enabled(False)
    torch.set_num_threads(job["threads"])
    model = open_model(job["folder"])
    coders = [open_coder(SparseAutoencoder, job, layer) for layer in range(job["nLayers"])]
    _, cache = model.run_with_cache(torch.tensor([job["tokens"]]))
    for coder in coders:
        coder(torch.zeros(1, 1, job["dModel"]))
    before = peak_memory()
    start, cpu_start = time.perf_counter(), cpu_seconds()
    coder = coders[job["layer"]]
    feature = coder(cache[coder.cfg.hook_point])[1][0, -1].argmax().item()
    root = circuits.make_sae_feature_vector(coder, feature)
    paths = circuits.greedy_get_top_paths(
        model, coders, cache, root, num_iters=job["iterations"], num_branches=job["branches"], do_raw_attribution=True
    )
    seconds, cpu = time.perf_counter() - start, cpu_seconds() - cpu_start
    found = " <- ".join(step.__str__(show_full=False, show_last_token=True) for step in paths[-1][0])
    print(
        json.dumps({
            "name": f"transcoder-circuits, TransformerLens {version('transformer_lens')}, torch {torch.__version__}, {job['threads']} threads",
            "seconds": seconds,
            "cpuSeconds": cpu,
            "weightsBytes": before,
            "beyondBytes": peak_memory() - before,
            "found": found,
        })
    )


main(json.loads(sys.argv[1]), sys.argv[2])
