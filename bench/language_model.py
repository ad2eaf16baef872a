"""The random GPT-2 of the benchmarks in TransformerLens."""

import transformer_lens.loading_from_pretrained as loading
from transformer_lens import HookedTransformer
from transformer_lens.pretrained.weight_conversions import convert_gpt2_weights
from transformers import GPT2LMHeadModel


def open_model(folder):
    """The model as published, without processing."""
    config = loading.get_pretrained_model_config(folder, device="cpu")
    config.tokenizer_name = None
    model = HookedTransformer(config)
    weights = convert_gpt2_weights(GPT2LMHeadModel.from_pretrained(folder), config)
    off = dict.fromkeys(("fold_ln", "center_writing_weights", "center_unembed", "fold_value_biases"), False)
    model.load_and_process_state_dict(weights, **off)
    return model.eval()
