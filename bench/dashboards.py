"""Time the original's scores of features, one feature a pass, for bench/dashboards.ts.

    PYTHONPATH=<folder with sae_training/ and transcoder_circuits/> python bench/dashboards.py CASE

CASE is a DashboardsCase of bench/dashboards-case.ts as JSON. Prints one line of JSON. The coder is random with the
shapes of ours: what a pass costs does not depend on its weights.
"""

import json
import sys
import time
from importlib.metadata import version
from unittest import mock

import torch
from language_model import open_model
from measure import peak_memory

for missing in ("wandb", "IPython", "IPython.display", "matplotlib", "matplotlib.pyplot", "plotly", "plotly.graph_objs"):
    sys.modules[missing] = mock.MagicMock()

from sae_training.config import LanguageModelSAERunnerConfig  # noqa: E402
from sae_training.sparse_autoencoder import SparseAutoencoder  # noqa: E402
from transcoder_circuits.feature_dashboards import get_feature_scores  # noqa: E402


def random_coder(d_model, d_sae, point):
    layer = int(point.split(".")[1])
    cfg = LanguageModelSAERunnerConfig.__new__(LanguageModelSAERunnerConfig)
    settings = dict(
        d_in=d_model, d_out=d_model, d_sae=d_sae, l1_coefficient=1e-3, dtype=torch.float32, device="cpu",
        is_transcoder=True, is_sparse_connection=False, use_ghost_grads=False, hook_point=point,
        hook_point_layer=layer, out_hook_point=f"blocks.{layer}.hook_mlp_out", out_hook_point_layer=layer,
        model_name="gpt2", expansion_factor=d_sae // d_model,
    )
    for key, value in settings.items():
        setattr(cfg, key, value)
    coder = SparseAutoencoder(cfg).eval()
    coder.W_enc.copy_(torch.randn(d_model, d_sae) * d_model**-0.5)
    coder.b_enc.fill_(-2.7)
    return coder


def main(job):
    torch.set_grad_enabled(False)
    torch.set_num_threads(job["threads"])
    model = open_model(job["model"])
    model.tokenizer = mock.Mock(eos_token="<|endoftext|>")
    coder = random_coder(model.cfg.d_model, job["dSae"], job["point"])
    tokens = torch.randint(0, 50257, (job["contexts"], job["length"]))
    times = []
    for feature in range(job["features"]):
        start = time.perf_counter()
        get_feature_scores(model, coder, tokens, feature, batch_size=32)
        times.append(1000 * (time.perf_counter() - start))
    name = f"transcoder-circuits on TransformerLens {version('transformer_lens')}, {job['threads']} threads"
    print(json.dumps(dict(name=name, featureMs=sorted(times)[len(times) // 2], peakBytes=peak_memory())))


main(json.loads(sys.argv[1]))
