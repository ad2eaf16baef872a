"""SynthSAEBench's coders, trained by SAELens itself on the world that bench/synth.ts reads.

    pip install sae-lens==6.54.12
    python bench/synth.py --world FOLDER [--rows 2000000,20000000] [--variants batchtopk,matryoshka] [--seeds 0]
                          [--score-rows 100000] [--device cuda] [--decoder-norms 0.1] [--unit]

The settings are those of the published experiments (decoderesearch/synth-sae-bench-experiments, experiments/sweeps/common.py),
of which only the two that SAELens has whole are here: its own coefficient tuner, which JumpReLU and ReLU need, stands in that
repository. --unit brings decoder rows back to norm 1 after every step, which SAELens does not. All coders learn from the same rows, as in bench/synth.ts. Prints one row for each coder and each number of rows,
with the columns of bench/synth.ts.
"""

import argparse
import time

import torch
from sae_lens import BatchTopKTrainingSAE, BatchTopKTrainingSAEConfig, LoggingConfig
from sae_lens import MatryoshkaBatchTopKTrainingSAE, MatryoshkaBatchTopKTrainingSAEConfig
from sae_lens.config import SAETrainerConfig
from sae_lens.synthetic import SyntheticModel, eval_sae_on_synthetic_data
from sae_lens.synthetic.training import SyntheticActivationIterator
from sae_lens.training.sae_trainer import SAETrainer

BATCH = 1024
SIZES = {"d_in": 768, "d_sae": 4096, "k": 25}
WIDTHS = [128, 512, 2048, 4096]


def batchtopk(**more: object) -> BatchTopKTrainingSAE:
    """BatchTopK with AuxK over all latents."""
    return BatchTopKTrainingSAE(BatchTopKTrainingSAEConfig(**SIZES, **more))


def matryoshka(levels: bool, **more: object) -> MatryoshkaBatchTopKTrainingSAE:
    """Matryoshka with AuxK at every width (`levels`), or over all latents alone."""
    config = MatryoshkaBatchTopKTrainingSAEConfig(
        **SIZES, matryoshka_widths=WIDTHS, use_matryoshka_aux_loss=levels, **more
    )
    return MatryoshkaBatchTopKTrainingSAE(config)


VARIANTS = {
    "batchtopk": batchtopk,
    "matryoshka": lambda **more: matryoshka(levels=True, **more),
    "matryoshka-one-aux": lambda **more: matryoshka(levels=False, **more),
}


def trainer_config(rows: int, device: str) -> SAETrainerConfig:
    """The published settings of Adam, and no learning rate schedule."""
    return SAETrainerConfig(
        n_checkpoints=0,
        checkpoint_path=None,
        save_final_checkpoint=False,
        total_training_samples=rows,
        device=device,
        autocast=device != "cpu",
        lr=3e-4,
        lr_end=3e-5,
        lr_scheduler_name="constant",
        lr_warm_up_steps=0,
        adam_beta1=0.9,
        adam_beta2=0.999,
        lr_decay_steps=0,
        n_restart_cycles=1,
        train_batch_size_samples=BATCH,
        dead_feature_window=1000,
        feature_sampling_window=2000,
        logger=LoggingConfig(log_to_wandb=False),
        n_batches_for_norm_estimate=1000,
    )


def main() -> None:
    """Train every variant with every seed on the same rows, and score all of them at each number of rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--world", required=True)
    parser.add_argument("--rows", default="20000000")
    parser.add_argument("--variants", default="batchtopk,matryoshka")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--decoder-norms", default="0.1")
    parser.add_argument("--unit", action="store_true")
    parser.add_argument("--score-rows", type=int, default=100_000)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    marks = sorted(map(int, args.rows.split(",")))

    world = SyntheticModel.load_from_source(args.world, device=args.device)
    rows = SyntheticActivationIterator(
        feature_dict=world.feature_dict,
        activations_generator=world.activation_generator,
        batch_size=BATCH,
        autocast=args.device != "cpu",
    )
    trainers: dict[str, SAETrainer] = {}
    for variant in args.variants.split(","):
        for norm in map(float, args.decoder_norms.split(",")):
            for seed in map(int, args.seeds.split(",")):
                torch.manual_seed(seed)
                sae = VARIANTS[variant](decoder_init_norm=norm, device=args.device)
                sae.to(args.device)
                trainers[f"{variant} | {norm} | {seed}"] = SAETrainer(
                    cfg=trainer_config(marks[-1], args.device), sae=sae, data_provider=rows
                )

    print("coder | norm | seed | rows | L0 | F1 | MCC | unique | EV | shrinkage | dead | seconds of all", flush=True)
    done, started, scoring = 0, time.perf_counter(), 0.0
    for mark in marks:
        while done < mark // BATCH * BATCH:
            batch = next(rows)
            for trainer in trainers.values():
                trainer.maybe_reset_sparsity()
                trainer.step(batch)
                if args.unit:
                    trainer.sae.W_dec.data /= trainer.sae.W_dec.data.norm(dim=-1, keepdim=True)
                trainer.n_training_steps += 1
            done += BATCH
        seconds = time.perf_counter() - started - scoring
        for name, trainer in trainers.items():
            before = time.perf_counter()
            found = eval_sae_on_synthetic_data(
                sae=trainer.sae,
                feature_dict=world.feature_dict,
                activations_generator=world.activation_generator,
                num_samples=args.score_rows,
                batch_size=BATCH,
            )
            scoring += time.perf_counter() - before
            figures = (
                found.sae_l0,
                found.classification.f1_score,
                found.mcc,
                found.uniqueness,
                found.explained_variance,
                found.shrinkage,
                found.dead_latents,
            )
            print(name, "|", mark, "|", " | ".join(f"{value:.4f}" for value in figures), "|", f"{seconds:.0f}", flush=True)


if __name__ == "__main__":
    main()
