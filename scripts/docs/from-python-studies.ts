// The part of docs/from-python.md on the original's contrib programs: every field of those that are here.
import { readFileSync } from 'node:fs';
import { ClassifyTrainConfig } from '../../src/studies/classification/config.ts';
import {
  SemsegCountConfig,
  SemsegTrainConfig,
  SemsegValidateConfig,
} from '../../src/studies/segmentation/config.ts';
import { ProposeConfig } from '../../src/studies/segmentation/proposing/config.ts';
import { QuantifyConfig } from '../../src/studies/segmentation/quantifying/config.ts';
import { SemprobeNegativesConfig, SemprobeScoreConfig } from '../../src/studies/semprobe/config.ts';
import { fieldRow, type Place, type PythonField } from './python-fields.ts';

/** Classes by program and name; those of programs that have no place yet are left out. */
const PLACES: Readonly<Record<string, Place>> = {
  'semseg.Train': { schema: SemsegTrainConfig, path: [], text: '`saev semseg train`' },
  'semseg.Validation': { schema: SemsegValidateConfig, path: [], text: '`saev semseg validate`' },
  'classification.Train': {
    schema: ClassifyTrainConfig,
    path: [],
    text: '`saev classify train`',
  },
  'semseg.Visuals': { schema: ProposeConfig, path: [], text: '`saev semseg propose`' },
  'semseg.Quantitative': { schema: QuantifyConfig, path: [], text: '`saev semseg quantify`' },
  'semseg.count_patches': { schema: SemsegCountConfig, path: [], text: '`saev semseg count`' },
  'semprobe.Score': { schema: SemprobeScoreConfig, path: [], text: '`saev semprobe score`' },
  'semprobe.Negatives': {
    schema: SemprobeNegativesConfig,
    path: [],
    text: '`saev semprobe negatives`',
  },
};

/** What differs, by `program.Class.field`, or by field. */
const NOTES: Readonly<Record<string, string>> = {
  learning_rate: 'several values train a head each, on the same rows',
  weight_decay: 'several values train a head each, on the same rows',
  device: 'accepted; all work is done on the CPU',
  n_workers: 'images decoded at a time, at most 16',
  'classification.Train.train_imgs':
    'folders of classes, as there; unset with `--train-shards`: the images recorded in them',
  'classification.Train.val_imgs': 'as `train_imgs`, with `--val-shards`',
  'classification.Train.ckpt_path':
    'the same files, and `head.json` beside each head: its classes, and what it reads',
  'classification.Train.log_to': 'the same files, and more',
  'semseg.Train.batch_size': 'images a step, whose patches are mixed with those of others',
  'semseg.Train.ckpt_path': 'the same files, and `head.json` beside each head: its model and layer',
  log_to: 'accepted; logs go to stderr',
  ckpt_path: 'the same files',
  ckpt_root: 'the same; heads of the Python program are read, too',
  'semseg.Validation.dump_to': 'the same files, and more',
  sae_ckpt: 'a run, a checkpoint of any known format, or `hf-hub:owner/name`',
  'semseg.Visuals.ade20k_cls':
    'several, by number or name; all that have patches when left out (29 is the rug)',
  'semseg.Visuals.acts': 'those of the run when left out',
  'semseg.Visuals.n_workers': 'accepted; the number of readers is not chosen here',
  'semseg.Quantitative.seg_ckpt':
    'a file, or a folder of which the newest head is taken; heads of the Python program are read, too',
  'semseg.Quantitative.top_values':
    'left out: the largest codes on the images that features are chosen on',
  'semseg.Quantitative.sparsity': 'left out: as `top_values`',
  'semseg.Quantitative.act_mean': 'left out: the mean that the autoencoder was trained with',
  'semseg.Quantitative.act_norm': 'left out: the scale that the autoencoder was trained with',
  'semseg.Quantitative.vit_family': 'left out: that of the head or the run, else `dinov2`',
  'semseg.Quantitative.vit_ckpt': 'left out: that of the head or the run, else `dinov2_vitb14_reg`',
  'semseg.Quantitative.vit_layer':
    'counted from 1, as there; left out: the layer of the run, else the last but one, which 11 is',
  'semseg.Quantitative.patch_size_px': 'the model says it; checked when it is given',
  'semseg.Quantitative.n_patches_per_img': 'the model says it; checked when it is given',
  'semseg.Quantitative.cls_token': 'the model says it; checked when it is given',
  'semseg.Quantitative.dump_to': 'the same file `results.csv`, and more',
  'semprobe.Score.dump_to': 'the original writes nothing there',
  'semprobe.Score.n_workers': 'accepted; one thread reads ahead',
  'semprobe.Negatives.skip': 'numbers, names or paths of images; the original skips none',
};

const INTRODUCTION = `## Fields of the contrib programs

Names of flags are the original's. What it has as constants (DINOv2, its width and its 16 × 16 patches) are settings here
([configuration.md](configuration.md)).
`;

/** Write the section. Throws when a field of a class that has a place has none, or differs without a note. */
export function studiesSection(): string {
  const path = new URL('../../fixtures/config/studies-fields.json', import.meta.url);
  const classes = JSON.parse(readFileSync(path, 'utf8')) as Record<
    string,
    Record<string, PythonField>
  >;
  const sections = Object.entries(PLACES).map(([name, place]) => {
    const rows = Object.entries(classes[name] ?? {}).map(([field, { default: value }]) =>
      fieldRow({ name, field, value: value ?? '', from: '', place, notes: NOTES }),
    );
    return `### \`contrib.${name}\`

Here: ${place.text}.

| Python | setting | flag | default there | default here | notes |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
  });
  return [INTRODUCTION, ...sections].join('\n');
}
