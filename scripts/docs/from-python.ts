// docs/from-python.md: every field of both versions of Python's saev, and its place here. A field without a place, or
// with another default that no note explains, is an error.
import { readFileSync } from 'node:fs';
import { ActivationsConfig } from '../../src/activations/config.ts';
import { TrainConfig } from '../../src/training/config/train-config.ts';
import { VisualsConfig } from '../../src/visuals/config.ts';
import { DOWNLOADS } from './from-python-downloads.ts';
import { studiesSection } from './from-python-studies.ts';
import { fieldRow, type Place, type PythonField } from './python-fields.ts';

type PythonClasses = Readonly<Record<string, Readonly<Record<string, PythonField>>>>;
export interface PythonVersions {
  readonly older: PythonClasses;
  readonly newer: PythonClasses;
}

/** Read the fields of both versions, as fixtures/config/make.py found them. */
export function readPythonFields(): PythonVersions {
  const path = new URL('../../fixtures/config/fields.json', import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as PythonVersions;
}

const images = (variant: string): Omit<Place, 'text'> => ({
  schema: ActivationsConfig,
  path: ['data'],
  variant,
});

const PLACES: Readonly<Record<string, Place>> = {
  Activations: { schema: ActivationsConfig, path: [], text: '`saev activations`' },
  Train: { schema: TrainConfig, path: [], text: '`saev train`' },
  Visuals: { schema: VisualsConfig, path: [], text: '`saev visuals`' },
  DataLoad: {
    schema: TrainConfig,
    path: ['data'],
    text: 'the table `data` of `train` and `visuals`',
  },
  SparseAutoencoder: { schema: TrainConfig, path: ['sae'], text: 'the table `sae` of `train`' },
  Relu: {
    schema: TrainConfig,
    path: ['sae'],
    variant: 'relu',
    text: 'the table `sae` of `train`, of kind `relu`',
  },
  JumpRelu: {
    schema: TrainConfig,
    path: ['sae'],
    variant: 'jumprelu',
    text: 'the table `sae` of `train`, of kind `jumprelu`; a plan there, working here',
  },
  Vanilla: {
    schema: TrainConfig,
    path: ['objective'],
    variant: 'vanilla',
    text: 'the table `objective` of `train`, of kind `vanilla`',
  },
  Matryoshka: {
    schema: TrainConfig,
    path: ['objective'],
    variant: 'matryoshka',
    text: 'the table `objective` of `train`, of kind `matryoshka`; it keeps `sparsityCoeff` too',
  },
  ImagenetDataset: {
    ...images('imagenet'),
    text: 'the tables `data` of `activations` and `images` of `visuals`, of type `imagenet`',
  },
  ImageFolderDataset: { ...images('image-folder'), text: 'the same, of type `image-folder`' },
  Ade20kDataset: { ...images('ade20k'), text: 'the same, of type `ade20k`' },
};

/** What differs from Python, by `Class.field`, or by field where it holds for every class. */
const NOTES: Readonly<Record<string, string>> = {
  'SparseAutoencoder.sparsity_coeff':
    'moved to the objective; `sae.sparsity_coeff` still works; unset: 4e-4 in runs of 6,000 steps or more, in shorter ones more',
  sparsity_coeff: 'unset: 4e-4 in runs of 6,000 steps or more, in shorter ones of images more',
  lr: 'unset: 4e-4 in runs of 6,000 steps or more, in shorter ones more',
  n_lr_warmup: 'unset: 500 in runs of 5,000 steps or more, a tenth of shorter ones',
  n_patches: 'unset: a hundred passes, but one to a hundred million rows',
  sae_batch_size: 'unset: 16,384 where that makes 2,000 steps, else less',
  d_vit: 'read from the model or the data; checked when given',
  vit_ckpt: 'each family has its own default, `ViT-L-14/openai` for clip',
  n_patches_per_img: 'read from the model; checked when given',
  cls_token: 'read from the model; checked when given',
  device: 'accepted, also `cuda:1` and `mps`; all work is done on the CPU',
  vit_batch_size: 'at most 32 images are run at a time; a CPU gains nothing from more',
  objective: 'a file need not say which: its keys tell',
  slurm: 'unset: yes when an account is given',
  slurm_acct: 'no account is built in',
  ckpt_path: 'runs are written to `<runRoot>/<id>/`; `--ckpt-path` and `ckpt_path` still work',
  topk_batch_size: 'accepted; there is one pass with sparse codes, so it changes nothing',
  wandb_project: 'of `--wandb`, and written into `run.json`',
  track:
    'writes the metrics of the run, to the run itself; `--wandb` adds a run that `wandb sync` sends',
  n_workers: 'images decoded at a time, in one process',
  'Train.n_workers':
    'accepted; one thread reads ahead, and Slurm jobs ask for `nWorkers + 4` processors',
  ssl: '`--no-ssl` skips the check of server certificates',
  'Visuals.ckpt': 'a run, a checkpoint of any known format, or `hf-hub:owner/name`',
  scale_mean: 'unset: yes for images; no for texts and with a target',
  scale_norm: 'unset: as for `scale_mean`',
  'SparseAutoencoder.seed': 'seeds another generator, so the initial weights differ from PyTorch’s',
};

/** Write docs/from-python.md. Throws when a field of Python's has no place here, or differs without a note. */
export function fromPythonPage(versions: PythonVersions): string {
  const classes = [...new Set([...Object.keys(versions.newer), ...Object.keys(versions.older)])];
  const known = Object.keys(PLACES).filter((name) => classes.includes(name));
  const strange = classes.filter((name) => !known.includes(name));
  if (strange.length > 0) throw new Error(`no place for the classes ${strange.join(', ')}`);
  return [
    INTRODUCTION,
    ...known.map((name) => classSection(name, versions)),
    studiesSection(),
    DOWNLOADS,
  ].join('\n');
}

function classSection(name: string, { older, newer }: PythonVersions): string {
  const place = PLACES[name]!;
  const fields = [
    ...new Set([...Object.keys(newer[name] ?? {}), ...Object.keys(older[name] ?? {})]),
  ];
  const since = (field?: string): string => {
    const has = (classes: PythonClasses): boolean =>
      field === undefined ? name in classes : classes[name]?.[field] !== undefined;
    return has(older) ? (has(newer) ? '' : 'older') : 'newer';
  };
  const version = since();
  const heading = `### \`${name}\`${version === '' ? '' : ` (${version} version)`}\n\nHere: ${place.text}.\n`;
  if (fields.length === 0) return heading;
  const rows = fields.map((field) => {
    const from = version === '' ? since(field) : '';
    const defaults = [newer, older].map((classes) => classes[name]?.[field]?.default);
    // The newer version's page hides the defaults of lists.
    const value = defaults.find((one) => one !== undefined && one !== '<factory>');
    return fieldRow({ name, field, value, from, place, notes: NOTES });
  });
  return `${heading}
| Python | setting | flag | default there | default here | notes |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

const INTRODUCTION = `# Coming from Python's saev

<!-- Written by \`npm run docs\`; edit scripts/docs/from-python.ts. A test compares it with Python's fields. -->

The three commands, their flags, sweep files, shards and checkpoints carry over; [fidelity.md](fidelity.md#what-the-originals-have-and-saev-has-not)
lists what saev does not have. "Older" means saev as published in early 2025, "newer"
the version with \`Relu\`, \`Vanilla\` and \`Matryoshka\`.

| in Python | here |
| --- | --- |
| \`python -m saev activations …\` | \`saev activations …\` |
| \`python -m saev train … --sweep sweep.toml\` | \`saev train … --sweep sweep.toml\` |
| \`python -m saev visuals …\` | \`saev visuals …\` |
| \`data:image-folder-dataset --data.root …\` | the same, or \`--data.type image-folder --data.root …\` |
| \`images:ade20k-dataset --images.root …\` | the same, or \`--images.type ade20k --images.root …\` |
| \`sae:relu\`, \`sae:jump-relu\`, \`objective:matryoshka\` | the same, or \`--sae.kind\`, \`--objective.kind\` |
| \`--data.no-scale-mean\`, \`--data.scale-mean False\` | the same |
| \`--vit-layers -2 -1\` | the same |
| \`launch.py inference --run runs/<id> --data.shards …\` (2026) | \`saev infer runs/<id> --data.shard-root …\` ([studies.md](studies.md#codes-of-a-data-set)) |
| \`python -m contrib.semprobe score\`, \`negatives\` | \`saev semprobe score\`, \`negatives\` ([studies.md](studies.md#semantic-probes)); the tables \`imgs\` and \`acts\` are \`images\` and \`data\`, and work by both names |
| \`python -m contrib.semseg train\`, \`validate\` | \`saev semseg train\`, \`validate\` ([studies.md](studies.md#segmentation)) |
| \`python -m contrib.classification\` | \`saev classify train\` ([studies.md](studies.md#classification)) |
| \`python -m contrib.semseg visuals\` | \`saev semseg propose\` with \`--sae-ckpt\`, \`--ade20k-cls\`, \`--k\`, \`--acts\`, \`--imgs\`, \`--label-threshold\`, \`--batch-size\` ([studies.md](studies.md#proposing-and-editing)) |
| \`python -m contrib.semseg quantitative\` | \`saev semseg quantify\` with flags of the same names; \`--edit labels\` edits as it does |
| \`saev/app\` | \`saev serve\`, view *Ask* ([workbench.md](workbench.md#ask)); \`saev ask\` at the command line |
| \`contrib/semseg/interactive.py\` | \`saev serve\`, view *Edit* ([workbench.md](workbench.md#edit)); \`saev steer\` for one edit |
| \`python contrib/semseg/training.py\` (\`count_patches\`) | \`saev semseg count\` |
| \`checkpoints/<id>/sae.pt\`, \`config.json\` | \`runs/<id>/checkpoint/\`, \`config.json\`; \`saev convert\` writes \`sae.pt\` |
| the \`config.json\` of a run | works as a file for \`--config\` |
| weights and biases | \`metrics.jsonl\` in the run, under the same names; with \`--wandb\` a run that \`wandb sync\` sends ([train.md](train.md#weights--biases)); event files with \`--tensorboard\` |
| \`SAEV_CACHE\`, \`HF_HOME\`, \`HF_HUB_CACHE\` | files are found wherever these say; new ones go where huggingface_hub puts them ([record.md](record.md#where-downloads-are)) |

## Sweeps

Sweep files work unchanged: keys in snake_case, \`[sae]\` and \`[data]\` tables, lists anywhere. Three things differ:

- The seed of run \`d\`'s initial weights is \`sae.seed + seed + d\`, as intended there. In Python, runs that share the
  values of their \`[sae]\` table share one dictionary, into which the seed is added again for each of them.
- \`[sae]\` and \`[data]\` may be left out.
- An unknown key is an error before anything runs, with the nearest known keys.

## Fields
`;
