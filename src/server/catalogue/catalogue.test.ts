// What is found below folders, whatever stands there.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Catalogue } from '../../pages/catalogue.ts';
import { writeCheckpoint } from '../../sae/checkpoints/registry.ts';
import { openWorkbench } from '../open-workbench.ts';
import { describeFound } from './catalogue.ts';
import { findAll } from './find.ts';
import { idOfPath, pathOfId } from './ids.ts';
import { createMemory, type Memory } from './memory.ts';
import { nameRoots } from './roots.ts';

let folder: string;

const record = {
  id: 'a',
  status: 'finished',
  configHash: '0',
  started: '2026-01-01T00:00:00.000Z',
  version: '0',
  kernels: 'cpu',
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-catalogue-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function make(path: string, text = ''): Promise<string> {
  const file = join(folder, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
  return file;
}

async function catalogueOf(names: readonly string[], memory?: Memory): Promise<Catalogue> {
  const roots = await nameRoots(names.map((name) => join(folder, name)));
  const found = await findAll(roots);
  memory ??= createMemory(roots);
  return describeFound(found, { title: '', folders: names, abilities: {} }, memory);
}

it('lists what is broken with a sentence, and waits for no pipe', async () => {
  await make('broken/good/run.json', JSON.stringify({ ...record, tag: 'first' }));
  await make('broken/damaged/run.json', '{"id"');
  await make('broken/half/features.safetensors');
  await make('broken/large/run.json', ' '.repeat(2 ** 24 + 1));
  await make('broken/circuit/graph.json', '{"metadata":{}}');
  await make('broken/pipe-inside/run.json', JSON.stringify(record));
  await mkdir(join(folder, 'broken/pipe'));
  for (const pipe of ['pipe/run.json', 'pipe-inside/config.json'])
    execFileSync('mkfifo', [join(folder, 'broken', pipe)]);
  await mkdir(join(folder, 'broken/pipe-inside/checkpoint'));
  const { runs, features, circuits, models } = await catalogueOf(['broken']);
  expect(runs.map(({ title, fault, tag }) => [title, fault ?? tag])).toEqual([
    ['damaged', "invalid run record: 'broken/damaged/run.json' is not JSON"],
    ['good', 'first'],
    ['large', expect.stringContaining("'run.json' is too large to be read")],
    ['pipe-inside', undefined],
  ]);
  expect(features[0]!.fault).toBe('its page has not been written yet');
  expect(circuits[0]!.fault).toMatch(/^invalid circuit graph/);
  expect(models.map(({ fault }) => fault)).toEqual(["'config.json' is no file"]);
});

it('follows links that stay below, once, and none that leave or go in circles', async () => {
  await make('links/open/real/run.json', JSON.stringify(record));
  await make('links/kept/run.json', JSON.stringify(record));
  await make('links/secret/run.json', JSON.stringify(record));
  const open = join(folder, 'links/open');
  await symlink(open, join(open, 'a-circle'));
  await symlink(join(open, 'real'), join(open, 'again'));
  await symlink(join(folder, 'links/secret'), join(open, 'leaves'));
  await symlink(join(folder, 'nowhere'), join(open, 'broken'));
  await mkdir(join(open, 'marker'));
  await symlink(join(folder, 'links/secret/run.json'), join(open, 'marker/run.json'));
  await symlink(join(folder, 'links/kept'), join(open, 'other-root'));
  const { runs } = await catalogueOf(['links/open', 'links/kept', 'links/open/real']);
  expect(runs.map(({ folder: shown }) => shown)).toEqual(['kept', 'real']);
});

it('gives folders of one name, opened together, names and ids of their own', async () => {
  await make('sweep/runs/a/run.json', JSON.stringify(record));
  await make('old/runs/a/run.json', JSON.stringify(record));
  const { runs } = await catalogueOf(['sweep/runs', 'old/runs', 'old/runs']);
  expect(runs.map(({ id }) => id)).toEqual(['old~runs~a', 'sweep~runs~a']);
});

it('says of graphs that are too large to be parsed what they are about', async () => {
  const nodes = Array.from({ length: 20_000 }, (_, i) => ({
    node_id: `${i}`,
    layer: '0',
    ctx_idx: 0,
    feature_type: 'cross layer transcoder',
    clerp: 'a "node_id" and a "target" in words',
  }));
  const links = nodes.map(({ node_id }) => ({ source: node_id, target: '0', weight: 1 }));
  const metadata = { slug: 'long', scan: 'gpt2', prompt: 'A } "prompt"', prompt_tokens: ['A'] };
  await make('graphs/long/graph.json', JSON.stringify({ metadata, nodes, links }, null, 1));
  await make('graphs/other/graph.json', JSON.stringify({ nodes, metadata }));
  const { circuits } = await catalogueOf(['graphs']);
  expect(circuits[0]).toMatchObject({
    title: 'long',
    model: 'gpt2',
    prompt: 'A } "prompt"',
    nodes: 20_000,
    links: 20_000,
  });
  expect(circuits[1]!.fault).toBe('its file does not begin with the metadata of a graph');
});

it('reads what a run names outside of the opened folders, and no link in them that leads there', async () => {
  const facts = await make('outside/shards/metadata.json', '{}');
  const open = join(folder, 'outside/open');
  await mkdir(open, { recursive: true });
  await symlink(facts, join(open, 'metadata.json'));
  const memory = createMemory(await nameRoots([open]));
  const read = (of: string) => memory.recall('x', of, [{ name: 'metadata.json' }], async () => 1);
  expect(await read(join(folder, 'outside/shards'))).toBe(1);
  await expect(read(open)).rejects.toThrow("'metadata.json' leads out of the opened folders");
});

it('lists checkpoints that lie in no run, with the reason where nobody can ask them', async () => {
  const coder = (place: object) => ({
    config: {
      ...{ dIn: 4, dOut: 4, dSae: 8, activation: { kind: 'relu' } as const },
      ...{ subtractDecoderBias: true, metadata: {}, ...place },
    },
    weights: {
      ...{ wEnc: new Float32Array(32), bEnc: new Float32Array(8) },
      ...{ wDec: new Float32Array(32), bDec: new Float32Array(4) },
    },
  });
  const point = 'blocks.1.hook_resid_post';
  const place = { model: 'world-gpt2', input: point, output: point, layer: 1 };
  await writeCheckpoint(coder({ place }), join(folder, 'bare/published/layer_1'));
  await writeCheckpoint(coder({}), join(folder, 'bare/unknown'));
  const { models, runs } = await catalogueOf(['bare']);
  expect(runs).toEqual([]);
  expect(models[0]).toMatchObject({
    ...{ id: 'bare~published~layer_1', modality: 'text', dSae: 8, model: 'world-gpt2' },
    place: point,
  });
  expect(models[0]).not.toHaveProperty('fault');
  expect(models[1]!.fault).toMatch(/does not say which model it belongs to/);
});

it('tells nothing of a page whose file is a link that leaves', async () => {
  const secret = await make('page-links/secret.html', 'secret');
  await make('page-links/open/visuals/features.safetensors');
  await symlink(secret, join(folder, 'page-links/open/visuals/index.html'));
  const { features } = await catalogueOf(['page-links/open']);
  expect(features).toHaveLength(1);
  expect(features[0]!.fault).toBe("'index.html' leads out of the opened folders");
  const workbench = await openWorkbench([join(folder, 'page-links/open')]);
  await expect(workbench.folder('features', features[0]!.id)).rejects.toThrow('leads out');
  await workbench.close();
});

it('reads again what has changed, and nothing else', async () => {
  const path = await make('change/run/run.json', JSON.stringify(record));
  const memory = createMemory();
  const tags = async () => (await catalogueOf(['change'], memory)).runs.map(({ tag }) => tag);
  expect(await tags()).toEqual([undefined]);
  await writeFile(path, JSON.stringify({ ...record, tag: 'later' }));
  expect(await tags()).toEqual(['later']);
  let reads = 0;
  const read = () =>
    memory.recall('x', join(folder, 'change/run'), [{ name: 'run.json' }], async () => ++reads);
  expect([await read(), await read()]).toEqual([1, 1]);
  await utimes(path, 1, 1);
  expect(await read()).toBe(2);
  memory.tidy();
  memory.tidy();
  expect(await read()).toBe(3);
});

it('names paths by plain characters, no two alike', () => {
  expect(idOfPath('a/b c')).toBe('a~b=20c');
  expect(idOfPath('ü=~')).toBe('=C3=BC=3D=7E');
  for (const path of ['a/b c', 'ü=~', '100%/+']) expect(pathOfId(idOfPath(path))).toBe(path);
});
