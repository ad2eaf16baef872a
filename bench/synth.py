"""SynthSAEBench's coders, trained by SAELens itself on the world that bench/synth.ts reads.

    pip install sae-lens==6.54.12
    python bench/synth.py --world FOLDER [--rows 2000000,20000000] [--variants batchtopk,matryoshka] [--seeds 0]
                          [--score-rows 100000] [--device cuda] [--decoder-norms 0.1] [--unit]
                          [--latents 4096] [--l0 25] [--coefficients 0.2]

The settings are those of the published experiments (decoderesearch/synth-sae-bench-experiments, experiments/sweeps/common.py).
Their JumpReLU and ReLU are held at an L0, and their JumpReLU has AuxK, neither of which SAELens itself has: `jumprelu` and
`relu` are its coders with both added here. With --coefficients JumpReLU is SAELens' own, with coefficients that stay as they
are. Decoder rows start at the published norms, or at --decoder-norms. --unit brings them back to norm 1 after every step, which
SAELens does not. All coders learn from the same rows, as in bench/synth.ts. Prints one row for each coder and each number of
rows, with the columns of bench/synth.ts.
"""

import argparse
import copy
import math
import time
from functools import partial
from types import SimpleNamespace

import torch
from sae_lens import BatchTopKTrainingSAE, BatchTopKTrainingSAEConfig, LoggingConfig
from sae_lens import JumpReLUTrainingSAE, JumpReLUTrainingSAEConfig
from sae_lens import MatryoshkaBatchTopKTrainingSAE, MatryoshkaBatchTopKTrainingSAEConfig
from sae_lens import StandardTrainingSAE, StandardTrainingSAEConfig, TopKTrainingSAE
from sae_lens.config import SAETrainerConfig
from sae_lens.saes.sae import TrainStepInput, TrainStepOutput
from sae_lens.synthetic import SyntheticModel, eval_sae_on_synthetic_data
from sae_lens.synthetic.training import SyntheticActivationIterator
from sae_lens.training.activation_scaler import ActivationScaler
from sae_lens.training.sae_trainer import SAETrainer

BATCH = 1024
WIDTHS = [128, 512, 2048]


def batchtopk(l0: int, **more: object) -> BatchTopKTrainingSAE:
    """BatchTopK with AuxK over all latents."""
    return BatchTopKTrainingSAE(BatchTopKTrainingSAEConfig(k=l0, **more))


def matryoshka(l0: int, levels: bool, d_sae: int, **more: object) -> MatryoshkaBatchTopKTrainingSAE:
    """Matryoshka with AuxK at every width (`levels`), or over all latents alone."""
    widths = [width for width in WIDTHS if width < d_sae] + [d_sae]
    config = MatryoshkaBatchTopKTrainingSAEConfig(
        k=l0, d_sae=d_sae, **more, matryoshka_widths=widths, use_matryoshka_aux_loss=levels
    )
    return MatryoshkaBatchTopKTrainingSAE(config)


class Held:
    """A coder whose coefficient is multiplied by what keeps `l0` latents firing, after the published controller."""

    l0: float
    held_from = 0
    mean: float | None = None
    rate = 0.0
    factor = 1.0

    def training_forward_pass(self, step_input: TrainStepInput) -> TrainStepOutput:
        coefficients = {name: value * self.factor for name, value in step_input.coefficients.items()}
        step_input.coefficients = coefficients
        output = super().training_forward_pass(step_input)
        self._adjust(float((output.feature_acts != 0).float().sum(-1).mean()), step_input.n_training_steps)
        return output

    def _adjust(self, fired: float, step: int) -> None:
        before = fired if self.mean is None else self.mean
        self.mean = before + 0.01 * (fired - before)
        self.rate += 0.05 * (self.mean - before - self.rate)
        error = self.mean - self.l0
        if step >= self.held_from:
            gain = 3e-4 * (0.01 if error * self.rate < 0 else 1)
            self.factor *= 1 + gain * math.tanh(10 * error / self.l0)
            self.factor = min(100.0, max(0.01, self.factor))


class HeldReLU(Held, StandardTrainingSAE):
    """ReLU held at an L0."""


class HeldJumpReLU(Held, JumpReLUTrainingSAE):
    """JumpReLU held at an L0, with AuxK as SAELens' TopK has it."""

    def calculate_aux_loss(
        self, step_input: TrainStepInput, feature_acts: torch.Tensor, hidden_pre: torch.Tensor, sae_out: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        losses = super().calculate_aux_loss(step_input, feature_acts, hidden_pre, sae_out)
        topk = SimpleNamespace(
            cfg=SimpleNamespace(normalize_activations="none", aux_loss_coefficient=1.0, rescale_acts_by_decoder_norm=False),
            W_dec=self.W_dec,
            reshape_fn_out=self.reshape_fn_out,
            d_head=self.d_head,
        )
        aux = TopKTrainingSAE.calculate_topk_aux_loss(
            topk, step_input.sae_in, sae_out, hidden_pre, step_input.dead_neuron_mask
        )
        return {**losses, "aux": aux}


def relu(l0: int, steps: int, **more: object) -> HeldReLU:
    """ReLU whose coefficient rises for a third of the run, and is then adjusted."""
    sae = HeldReLU(StandardTrainingSAEConfig(l1_coefficient=2.0, l1_warm_up_steps=steps // 3, **more))
    sae.l0, sae.held_from = l0, steps // 3
    return sae


def jumprelu(l0: int, coefficient: float | None, **more: object) -> JumpReLUTrainingSAE:
    """JumpReLU on scaled rows, kept sparse by tanh: held at `l0`, or by a coefficient that stays as it is."""
    config = JumpReLUTrainingSAEConfig(
        normalize_activations="expected_average_only_in",
        jumprelu_sparsity_loss_mode="tanh",
        jumprelu_bandwidth=2,
        jumprelu_init_threshold=0.5,
        l0_coefficient=0.2 if coefficient is None else coefficient,
        **more,
    )
    if coefficient is not None:
        return JumpReLUTrainingSAE(config)
    sae = HeldJumpReLU(config)
    sae.l0 = l0
    return sae


VARIANTS = {
    "batchtopk": batchtopk,
    "matryoshka": partial(matryoshka, levels=True),
    "matryoshka-one-aux": partial(matryoshka, levels=False),
    "jumprelu": partial(jumprelu, coefficient=None),
}
PUBLISHED_NORMS = {"jumprelu": 0.5}


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


def scale_of(rows: SyntheticActivationIterator, d_in: int) -> float:
    """What brings rows to a mean norm of √d, by 100 batches."""
    scaler = ActivationScaler()
    scaler.estimate_scaling_factor(d_in=d_in, data_provider=rows, n_batches_for_norm_estimate=100)
    return scaler.scaling_factor


def unscaled(trainer: SAETrainer) -> torch.nn.Module:
    """The coder as it stands, for rows that are not scaled."""
    scale = trainer.activation_scaler.scaling_factor
    if scale is None:
        return trainer.sae
    sae = copy.deepcopy(trainer.sae)
    sae.fold_activation_norm_scaling_factor(scale)
    return sae


def main() -> None:
    """Train every variant with every seed on the same rows, and score all of them at each number of rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--world", required=True)
    parser.add_argument("--rows", default="20000000")
    parser.add_argument("--variants", default="batchtopk,matryoshka")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--decoder-norms")
    parser.add_argument("--unit", action="store_true")
    parser.add_argument("--latents", type=int, default=4096)
    parser.add_argument("--l0", type=int, default=25)
    parser.add_argument("--coefficients")
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
    coders = {}
    for variant in args.variants.split(","):
        norms = args.decoder_norms or str(PUBLISHED_NORMS.get(variant, 0.1))
        for norm in map(float, norms.split(",")):
            if variant == "relu":
                coders[f"relu | {norm}"] = partial(relu, steps=marks[-1] // BATCH, l0=args.l0, decoder_init_norm=norm)
            elif variant == "jumprelu" and args.coefficients is not None:
                for coefficient in map(float, args.coefficients.split(",")):
                    coders[f"jumprelu {coefficient} | {norm}"] = partial(
                        jumprelu, coefficient=coefficient, l0=args.l0, decoder_init_norm=norm
                    )
            else:
                coders[f"{variant} | {norm}"] = partial(VARIANTS[variant], l0=args.l0, decoder_init_norm=norm)
    sizes = {"d_in": world.feature_dict.hidden_dim, "d_sae": args.latents, "device": args.device}
    scale = None
    trainers: dict[str, SAETrainer] = {}
    for name, make in coders.items():
        for seed in map(int, args.seeds.split(",")):
            torch.manual_seed(seed)
            sae = make(**sizes)
            sae.to(args.device)
            trainer = SAETrainer(cfg=trainer_config(marks[-1], args.device), sae=sae, data_provider=rows)
            if sae.cfg.normalize_activations == "expected_average_only_in":
                scale = scale or scale_of(rows, sizes["d_in"])
                trainer.activation_scaler.scaling_factor = scale
            trainers[f"{name} | {seed}"] = trainer

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
                sae=unscaled(trainer),
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
