// The jobs that are tortured: what they need, how they are called, and how they are called again.
import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HubServer, startHubServer } from '../../test/helpers/hub-server.ts';
import { root, saev } from '../../test/helpers/saev.ts';
import { drawPhotos } from '../../test/helpers/small-run.ts';
import { LETTERS, TINY_MODEL, writeTexts } from '../../test/helpers/text-activations.ts';

/** A job, in a folder of its own: everything that it writes is under `out` there. */
export interface Job {
  readonly name: string;
  /** The words after `saev`, given the folder of what jobs share. */
  readonly args: (shared: string) => readonly string[];
  /** Words that are added when it is called again. */
  readonly again?: readonly string[];
  /** Whether it refuses to write what stands there already. */
  readonly refusesTwice?: boolean;
  /** Environment that it needs. */
  readonly env?: () => NodeJS.ProcessEnv;
  /** Make what it needs in the folder of what jobs share, once. */
  readonly prepare?: (shared: string) => Promise<void>;
}

const SHARDS = join(root, 'fixtures/activations/python-shards');
const TRAINING = [
  ...['--sae.exp-factor', '4', '--sae-batch-size', '8', '--n-patches', '160', '--n-lr-warmup', '2'],
  ...['--checkpoint-every', '6', '--log-every', '3', '--threads', '1', '--run-root', 'out/runs'],
];
const ON_SHARDS = ['--data.shard-root', SHARDS, '--data.layer', '7', ...TRAINING];

const textsOf = (shared: string): string => join(shared, 'texts');

function onTexts(shared: string): string[] {
  return [
    ...['--data.language.model', join(root, TINY_MODEL), '--data.language.context-size', '10'],
    ...['--data.language.tokenizer', join(root, LETTERS), '--data.language.no-processing'],
    ...['--data.language.texts.type', 'text-files', '--data.language.texts.root', textsOf(shared)],
    ...['--data.language.texts.documents', 'paragraph', '--data.target', 'blocks.1.hook_mlp_out'],
    ...['--data.layer', 'blocks.1.ln2.hook_normalized', '--n-eval-rows', '32'],
    ...['--n-eval-contexts', '2', ...TRAINING],
  ];
}

/** Write texts, unless an earlier job has. */
async function prepareTexts(shared: string): Promise<void> {
  if ((await readdir(shared)).includes('texts')) return;
  const made = await writeTexts(shared, 120);
  if (made !== textsOf(shared)) await symlink(made, textsOf(shared));
}

/** Train a run on texts that other jobs begin with, unless an earlier one has. */
async function prepareRun(shared: string): Promise<void> {
  await prepareTexts(shared);
  if ((await readdir(shared)).includes('run')) return;
  const work = join(shared, 'training');
  await mkdir(work, { recursive: true });
  await succeed(['train', ...onTexts(shared), '--quiet'], work);
  const [id] = await readdir(join(work, 'out/runs'));
  await cp(join(work, 'out/runs', id!), join(shared, 'run'), { recursive: true });
}

/** Make the features of the run, unless an earlier job has. */
async function prepareFeatures(shared: string): Promise<void> {
  await prepareRun(shared);
  if ((await readdir(shared)).includes('features')) return;
  await succeed(['visuals', '--ckpt', 'run', '--dump-to', 'visuals', '--quiet'], shared);
  await cp(
    join(shared, 'visuals/sort_by_patch/features.safetensors'),
    join(shared, 'features/features.safetensors'),
  );
}

/** Make what a job needs, and what readers of its results do. */
export async function prepareJob(job: Job, shared: string): Promise<void> {
  await job.prepare?.(shared);
}

/** Run saev and expect it to do what it was asked for. */
async function succeed(args: readonly string[], cwd: string): Promise<void> {
  const { code, stderr } = await saev(args, { cwd });
  if (code !== 0) throw new Error(`saev ${args.join(' ')} ended with ${code}\n${stderr}`);
}

let hub: HubServer | undefined;

/** Serve the run as a repository of a hub on this machine. */
async function prepareHub(shared: string): Promise<void> {
  await prepareRun(shared);
  const served = join(shared, 'hub');
  await cp(join(shared, 'run/checkpoint'), join(served, 'models/org/net'), { recursive: true });
  hub = await startHubServer(served, { largeFrom: 1000 });
}

/** End what jobs have started. */
export async function closeJobs(): Promise<void> {
  await hub?.close();
  hub = undefined;
}

const toml =
  (name: string, text: string) =>
  (shared: string): Promise<void> =>
    writeFile(join(shared, name), text);

/** Every job, by what it writes. */
export const JOBS: readonly Job[] = [
  {
    name: 'activations of images',
    args: (shared) => [
      ...['activations', '--vit-family', 'world', '--data.type', 'image-folder', '--data.root'],
      ...[join(shared, 'photos'), '--dump-to', 'out', '--vit-batch-size', '4'],
      ...['--n-patches-per-shard', '2000'],
    ],
    prepare: (shared) => drawPhotos(shared, 24),
  },
  {
    name: 'activations of texts',
    args: (shared) => [
      ...['activations', 'data:text-files', '--data.root', textsOf(shared), '--data.documents'],
      ...['paragraph', '--language.model', join(root, TINY_MODEL), '--language.tokenizer'],
      ...[join(root, LETTERS), '--language.context-size', '10', '--dump-to', 'out'],
      ...['--vit-layers', 'blocks.0.hook_mlp_out', '--n-patches-per-shard', '300'],
    ],
    prepare: prepareTexts,
  },
  { name: 'train from shards', args: () => ['train', ...ON_SHARDS], again: ['--resume'] },
  {
    name: 'train on texts, live, with ghosts and resampling',
    args: (shared) => [
      ...['train', ...onTexts(shared), '--sae.ghost-grads', '--resampling', 'l2'],
      ...['--dead-feature-window', '4', '--feature-sampling-window', '8', '--n-checkpoints', '2'],
    ],
    again: ['--resume'],
    prepare: prepareTexts,
  },
  {
    name: 'sweep of three on one stream',
    args: (shared) => ['train', '--sweep', join(shared, 'lr.toml'), ...ON_SHARDS],
    again: ['--resume'],
    prepare: toml('lr.toml', 'lr = [1e-3, 3e-4, 1e-4]\n'),
  },
  {
    name: 'sweep of three groups',
    args: (shared) => ['train', '--sweep', join(shared, 'batch.toml'), ...ON_SHARDS],
    again: ['--resume'],
    prepare: toml('batch.toml', 'saeBatchSize = [8, 10, 12]\n'),
  },
  {
    name: 'visuals',
    args: (shared) => [
      'visuals',
      '--ckpt',
      join(shared, 'run'),
      '--dump-to',
      'out',
      '--neuronpedia',
    ],
    prepare: prepareFeatures,
  },
  {
    name: 'convert to .pt',
    args: (shared) => ['convert', join(shared, 'run'), 'out/sae.pt'],
    refusesTwice: true,
    prepare: prepareRun,
  },
  {
    name: 'convert to a folder',
    args: (shared) => ['convert', join(shared, 'run'), 'out/sae', '--format', 'saelens'],
    refusesTwice: true,
    prepare: prepareRun,
  },
  {
    name: 'download from a hub',
    args: () => ['convert', 'hf-hub:org/net', 'out/sae'],
    refusesTwice: true,
    env: () => ({ HF_ENDPOINT: hub!.url, HF_HUB_OFFLINE: '0', HF_HUB_CACHE: 'out/hub' }),
    prepare: prepareHub,
  },
];
