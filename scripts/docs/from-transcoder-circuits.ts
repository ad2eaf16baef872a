// docs/from-transcoder-circuits.md: every field of that program's configuration, and its place here; then its files and
// its metrics. A field without a place, or with another default that no note explains, is an error.
import { readFileSync } from 'node:fs';
import { canonical, flagOf } from '../../src/base/config/names.ts';
import { type Field, fieldsOf, shapeOf } from '../../src/base/config/shape.ts';
import { TrainConfig } from '../../src/training/config/train-config.ts';
import { functionsSection } from './transcoder-circuits-functions.ts';

interface CircuitsField {
  readonly type: string;
  readonly default: unknown;
}
export type CircuitsFields = Readonly<Record<string, CircuitsField>>;

/** Read the fields of the configuration, as fixtures/config/make_circuits.py found them. */
export function readCircuitsFields(): CircuitsFields {
  const path = new URL('../../fixtures/config/circuits-fields.json', import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as CircuitsFields;
}

/** What differs, by field. */
const NOTES: Readonly<Record<string, string>> = {
  model_name:
    'any name that TransformerLens has for a model of a known family, a name on the hub, or a folder',
  hook_point: 'for recorded activations, -2 is the block before the last',
  hook_point_head_index: '`all` joins the heads',
  dataset_path:
    'a dataset on the hub; local files and the embedded language are other types of texts',
  d_in: 'read from the data; checked when given',
  total_training_tokens:
    'the same number of steps: batches until so many tokens were read; unset: a hundred passes, but one to a hundred million',
  lr_warm_up_steps: 'unset: a tenth of the steps, 500 at most',
  store_batch_size: 'contexts in one run of the model',
  device: 'accepted, also `cuda:1`; all work is done on the CPU',
  seed: '`sae.seed` seeds the initial weights',
  out_hook_point: 'makes a transcoder',
  b_dec_init_method: 'there, too, the sample script says `mean`; values in any spelling',
  expansion_factor: '`sae.dSae` says the number outright',
  l1_coefficient: 'unset: that of Python’s saev, 4e-4',
  lr: 'unset: that of Python’s saev, 4e-4, in runs of 6,000 steps or more; in shorter ones more',
  lr_scheduler_name:
    'values in any spelling; `None` is `constant`. `warmup` is that of Python’s saev',
  train_batch_size: 'unset: 16,384 where that makes 2,000 steps, else less',
  use_ghost_grads: 'on in that program, where a stray comma makes the default a tuple',
  feature_sampling_method:
    'its own default is refused there at run time; `None` and `none` are the same',
  sparse_connection_sae_path: 'any checkpoint that saev reads; switches the loss on',
  sparse_connection_l1_coeff: 'needed with the path',
  log_to_wandb: 'writes `metrics.jsonl` into the run; `--wandb` adds a run that `wandb sync` sends',
  wandb_project: 'of `--wandb`, and written into `run.json`',
  wandb_entity: 'of `--wandb`',
  wandb_log_frequency: '',
  checkpoint_path: 'runs are written to `<runRoot>/<id>/`',
};

/** Fields whose default is another one here because that of Python's saev was taken. */
const OF_SAEV = 'the default of Python’s saev';

/** Write docs/from-transcoder-circuits.md. Throws when a field has no place here, or differs without a note. */
export function fromTranscoderCircuitsPage(fields: CircuitsFields): string {
  const rows = Object.entries(fields).map(([name, field]) => fieldRow(name, field));
  return `${INTRODUCTION}
| there | here | flag | default there | default here | notes |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

${functionsSection()}
${NAMES}`;
}

function fieldRow(name: string, { default: value }: CircuitsField): string {
  const shape = shapeOf(TrainConfig);
  const there = showPython(value);
  const ours = findField(fieldsOf(shape), name);
  if (ours === undefined) {
    const foreign = shape.foreign[canonical(name)];
    if (foreign === undefined) throw new Error(`no place for ${name}`);
    const { instead, idle = [] } = foreign;
    const accepted = idle.map((one) => code(showPython(one))).join(' and ');
    const note = `${instead}${accepted === '' ? '' : ` (in a file, ${accepted} may stand)`}`;
    return `| \`${name}\` | refused | | ${code(there)} | | ${note} |`;
  }
  const here = showPython(ours.default);
  const known = NOTES[name];
  if (there !== here && here !== '' && !sameChoice(ours, value) && known === undefined) {
    throw new Error(`${name} is ${there} there and ${here} here, and no note says why`);
  }
  const note = known === '' ? OF_SAEV : (known ?? '');
  const cells = [`\`${ours.path.join('.')}\``, `\`${flagOf(ours.path)}\``, code(there), code(here)];
  return `| \`${name}\` | ${cells.join(' | ')} | ${note} |`;
}

/** Whether a value is another spelling of a field's default. */
function sameChoice(field: Field, value: unknown): boolean {
  return typeof value === 'string' && canonical(value) === canonical(String(field.default));
}

function findField(fields: readonly Field[], name: string): Field | undefined {
  return fields.find(({ path, aliases }) =>
    [path.join('.'), ...aliases].some((other) => canonical(other) === canonical(name)),
  );
}

function showPython(value: unknown): string {
  if (value === undefined || value === '') return '';
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

const INTRODUCTION = `# Coming from transcoder-circuits

<!-- Written by \`npm run docs\`; edit scripts/docs/from-transcoder-circuits.ts. A test compares it with that program's fields. -->

\`LanguageModelSAERunnerConfig\` and the script that fills it are \`saev train\` here. Its names work as flags
(\`--l1-coefficient 1.4e-4\`), in config files and in sweeps (\`l1_coefficient = 1.4e-4\`), and so do its values
(\`constantwithwarmup\`, \`geometric_median\`, \`no_fire\`, \`Anthropic\`, \`None\`). A name that has no counterpart is refused, and the
message says what to do instead. [language.md](language.md) has the sample script as a command.

## Fields
`;

const NAMES = `## Files

| there | here |
| --- | --- |
| \`<checkpoint_path>/<id>/final_sparse_autoencoder_<model>_<hook>_<d_sae>.pt\` | \`<runRoot>/<id>/checkpoint/\`; \`saev convert RUN FILE.pt --format transcoder-circuits\` writes such a file |
| \`<tokens>_….pt\` on the way | \`<runRoot>/<id>/checkpoints/<tokens>/\` |
| \`…_log_feature_sparsity.pt\` | \`log_feature_sparsity.safetensors\` beside the checkpoint |
| weights and biases | \`metrics.jsonl\`; with \`--wandb\` a run that \`wandb sync\` sends ([train.md](train.md#weights--biases)); event files with \`--tensorboard\` |
| \`N.pt\` of cached activations | shards that \`saev activations\` writes |

## Metrics

Python's saev charts some of the same numbers; where it does, its name is used.

| there | here | notes |
| --- | --- | --- |
| \`losses/mse_loss\` | \`losses/mse\` | |
| \`losses/l1_loss\` | \`losses/l1\` | without the coefficient, in both; \`losses/sparsity\` is the product |
| \`losses/ghost_grad_loss\` | \`losses/ghost_grad\` | |
| \`losses/overall_loss\` | \`losses/loss\` | with the loss of sparse connections, which is \`losses/sparse_connection\` |
| \`metrics/l0\`, \`sparsity/*\`, \`metrics/n_resampled_neurons\`, \`metrics/mean_log10_feature_sparsity\` | the same | |
| \`metrics/explained_variance\`, \`metrics/explained_variance_std\` | the same | of a transcoder against its target; there against its input |
| \`plots/feature_density_line_chart\` | the same, in event files and Weights & Biases | |
| \`details/n_training_tokens\` | \`progress/n_patches_seen\` | |
| \`details/current_learning_rate\` | \`progress/learning_rate\` | |
| \`metrics/CE_loss_score\`, \`metrics/ce_loss_without_sae\`, \`metrics/ce_loss_with_sae\`, \`metrics/ce_loss_with_ablation\` | the same | |
| \`metrics/l2_norm\`, \`metrics/l2_ratio\` | the same | of a transcoder the ratio to its target; there to its input |
| \`metrics/kldiv_reconstructed\`, \`metrics/kldiv_ablation\` | the same | head 0, too |
`;
