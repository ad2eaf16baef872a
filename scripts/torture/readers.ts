// The readers that are given damaged files, and whole files to damage.
import { join } from 'node:path';
import { openActivations } from '../../src/activations/reading/shard-source.ts';
import { readMetadata } from '../../src/activations/shards/metadata.ts';
import { languageConfig } from '../../src/backbones/language/config.ts';
import { loadConfig, readConfigFile } from '../../src/base/config/load.ts';
import { readJson } from '../../src/base/files.ts';
import { describeCheckpointAt } from '../../src/cli/inspect/checkpoint.ts';
import { describeRun } from '../../src/cli/inspect/run.ts';
import { describeShards } from '../../src/cli/inspect/shards.ts';
import { decodeGrey, decodeImage } from '../../src/data/images/decode.ts';
import { TextConfig } from '../../src/data/texts/config.ts';
import { loadTokenizer } from '../../src/data/texts/load-tokenizer.ts';
import { openTexts } from '../../src/data/texts/sources/open-texts.ts';
import { readEventFile } from '../../src/formats/events/event-file.ts';
import { readNpy } from '../../src/formats/numpy/npy.ts';
import { openNpz, readCsrNpz } from '../../src/formats/numpy/npz.ts';
import { openSafetensors } from '../../src/formats/safetensors.ts';
import { elementCount, type TypedTensor } from '../../src/formats/tensor.ts';
import { openTorchFile } from '../../src/formats/torch/torch-file.ts';
import { readCheckpoint } from '../../src/sae/checkpoints/registry.ts';
import { TrainConfig } from '../../src/training/config/train-config.ts';
import { openFeatureFile } from '../../src/visuals/feature-file/feature-file.ts';
import { root } from '../../test/helpers/saev.ts';

/** Something that reads files of others. */
export interface Reader {
  readonly name: string;
  /** Whole files or folders, by their paths; `shared` is what the jobs of this script have made. */
  readonly seeds: (shared: string) => readonly string[];
  /** Read it all; throws a UserError for what it refuses, and a plain error when what it gives does not fit together. */
  readonly read: (path: string) => Promise<void>;
}

const fixture =
  (...names: string[]) =>
  () =>
    names.map((name) => join(root, 'fixtures', name));

function checkTensor({ shape, data }: Pick<TypedTensor, 'shape' | 'data'>): void {
  if (elementCount(shape) === data.length) return;
  throw new Error(`${data.length} numbers of a tensor [${shape.join(', ')}]`);
}

async function readAllTensors(path: string): Promise<void> {
  const file = await openSafetensors(path);
  try {
    for (const name of file.tensors.keys()) checkTensor(await file.read(name));
  } finally {
    await file.close();
  }
}

async function readNpzFile(path: string): Promise<void> {
  const file = await openNpz(path);
  try {
    for (const name of file.names) checkTensor(await file.read(name));
  } finally {
    await file.close();
  }
}

async function readCoder(path: string): Promise<void> {
  await describeCheckpointAt(path);
  const { config, weights } = await readCheckpoint(path);
  const { dIn, dSae } = config;
  const dOut = weights.bDec.length;
  const sizes = { wEnc: dIn * dSae, bEnc: dSae, wDec: dSae * dOut };
  for (const [name, size] of Object.entries(sizes)) {
    const values = weights[name as keyof typeof sizes];
    if (values.length !== size) throw new Error(`${values.length} numbers of ${name}, not ${size}`);
    if (!values.every(Number.isFinite)) throw new Error(`${name} is not finite`);
  }
}

async function readTexts(path: string): Promise<void> {
  const source = await openTexts(TextConfig.parse({ type: 'text-files', root: path }));
  let left = 200;
  for await (const _ of source.documents()) if (--left === 0) return;
}

async function readShards(path: string): Promise<void> {
  await readMetadata(path);
  await describeShards(path);
  const source = await openActivations(path, { layer: 7 });
  try {
    for await (const { acts } of source.batches({ batchSize: 64 })) {
      if (acts.length % source.dModel !== 0) throw new Error('a batch of broken rows');
    }
  } finally {
    await source.close();
  }
}

const checkpoints = (format: string, ...names: string[]): Reader => ({
  name: `checkpoint, ${format}`,
  seeds: fixture(...names.map((name) => `checkpoints/${format}/${name}`)),
  read: readCoder,
});

/** Every reader. */
export const READERS: readonly Reader[] = [
  {
    name: 'npy',
    seeds: fixture('formats/f4.npy', 'formats/i8.npy'),
    read: async (path) => checkTensor(await readNpy(path)),
  },
  {
    name: 'npz',
    seeds: fixture('formats/arrays.npz', 'formats/arrays-compressed.npz'),
    read: readNpzFile,
  },
  {
    name: 'npz, sparse',
    seeds: fixture('formats/sparse.npz'),
    read: async (path) => void (await readCsrNpz(path)),
  },
  { name: 'safetensors', seeds: fixture('formats/tensors.safetensors'), read: readAllTensors },
  {
    name: 'torch',
    seeds: fixture('formats/tensors.pt', 'formats/tensors-legacy.pt'),
    read: async (path) => void (await (await openTorchFile(path)).close()),
  },
  {
    name: 'pkl.gz',
    seeds: fixture('formats/tensors.pkl.gz'),
    read: async (path) => void (await (await openTorchFile(path)).close()),
  },
  {
    name: 'tfevents',
    seeds: fixture('formats/summaries.tfevents'),
    read: async (path) => {
      for await (const _ of readEventFile(path));
    },
  },
  checkpoints('saelens', 'standard', 'jumprelu', 'gated', 'transcoder', 'topk-rescaled'),
  checkpoints('sparsify', 'autoencoder', 'skip-transcoder'),
  checkpoints('dictionary-learning', 'batchtopk', 'standard', 'gated'),
  checkpoints('saev', 'no-schema.pt', 'schema1-cls-relu.pt', 'schema5-topk.pt'),
  checkpoints('transcoder-circuits', 'sae.pt', 'transcoder.pkl.gz'),
  {
    name: 'image',
    seeds: fixture(
      ...[
        'photo.jpg',
        'rgb16.png',
        'lossy.webp',
        'animated.gif',
        'lzw.tif',
        'rle8.bmp',
        'packed.ppm',
        'palette.png',
      ].map((name) => `images/files/${name}`),
    ),
    read: async (path) => void (await decodeImage(path)),
  },
  {
    name: 'grey image',
    seeds: fixture('images/files/segmentation.png', 'images/files/grey16.tif'),
    read: async (path) => void (await decodeGrey(path)),
  },
  {
    name: 'texts, parquet',
    seeds: fixture('texts/text.parquet', 'texts/tokens.parquet'),
    read: readTexts,
  },
  { name: 'texts, jsonl', seeds: (shared) => [join(shared, 'some.jsonl')], read: readTexts },
  { name: 'texts, plain', seeds: (shared) => [join(shared, 'texts/a.txt')], read: readTexts },
  {
    name: 'tokenizer',
    seeds: fixture('texts/gpt2', 'activations/letters'),
    read: async (path) => void (await loadTokenizer(path)).encode('the thin man'),
  },
  {
    name: 'config of a language model',
    seeds: fixture('language/gpt2/config.json', 'language/neox/config.json'),
    read: async (path) => void languageConfig(await readJson(path, 'config'), 'damaged'),
  },
  {
    name: 'config of a job',
    seeds: (shared) => [join(shared, 'run/config.json'), join(shared, 'job.toml')],
    read: async (path) =>
      void loadConfig(TrainConfig, { file: { name: path, values: await readConfigFile(path) } }),
  },
  {
    name: 'run',
    seeds: (shared) => [join(shared, 'run')],
    read: async (path) => void (await describeRun(path)),
  },
  { name: 'shards', seeds: fixture('activations/python-shards'), read: readShards },
  {
    name: 'features',
    seeds: (shared) => [join(shared, 'features')],
    read: async (path) => (await openFeatureFile(path)).close(),
  },
];
