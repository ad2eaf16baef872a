// What a person can get wrong with a checkpoint or a run: one clear sentence each.
import { mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../base/errors.ts';
import {
  openSafetensors,
  type TensorToWrite,
  writeSafetensors,
} from '../../formats/safetensors.ts';
import type { Tensor, VisionBackbone } from '../types.ts';
import { openVisionModel } from './open.ts';
import type { CheckpointConfig } from './types.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/backbones');
const CLIP = join(FIXTURES, 'clip-laion.weights.safetensors');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-backbone-'));
});
afterAll(() => rm(folder, { recursive: true }));

const open = (family: string, weights: string, config: CheckpointConfig = { nHeads: 4 }) =>
  openVisionModel({ family, weights, config }, { threads: 1 });

async function refused(work: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toMatch(message);
}

/** A copy of the CLIP fixture with some tensors changed; undefined leaves one out. */
async function edited(
  name: string,
  changes: Record<string, TensorToWrite | undefined>,
): Promise<string> {
  const file = await openSafetensors(CLIP);
  const tensors: [string, TensorToWrite][] = [];
  for (const key of file.tensors.keys()) {
    const tensor = key in changes ? changes[key] : await file.read(key);
    if (tensor !== undefined) tensors.push([key, tensor]);
  }
  await file.close();
  await writeSafetensors(join(folder, name), tensors);
  return join(folder, name);
}

describe('checkpoints', () => {
  it('of an unknown family', () => refused(open('clop', CLIP), /unknown backbone family: 'clop'/));
  it('that are not there', () =>
    refused(open('clip', join(folder, 'no.safetensors')), /missing safetensors file/));
  it.each([
    ['siglip', /no SigLIP/],
    ['dinov2', /no DINOv2/],
    ['moondream2', /no Moondream2/],
    ['world', /missing metadata 'n_heads'/],
  ])('of another family than %s', (family, message) => refused(open(family, CLIP, {}), message));

  it('that were cut short', async () => {
    const path = join(folder, 'short.safetensors');
    await writeFile(path, await readFile(CLIP));
    await truncate(path, 40_000);
    await refused(open('clip', path), /truncated/);
  });

  it('with a weight missing, of another shape, or of a type that is no number format here', async () => {
    const bias = 'visual.transformer.resblocks.1.mlp.c_proj.bias';
    const weight = 'visual.transformer.resblocks.1.attn.out_proj.weight';
    await refused(
      open('clip', await edited('a', { [weight]: undefined })),
      /missing weight .*out_proj/,
    );
    const wide: TensorToWrite = { dtype: 'F32', shape: [33], data: new Float32Array(33) };
    await refused(
      open('clip', await edited('b', { [bias]: wide })),
      /shape \[33\], expected \[32\]/,
    );
    const whole: TensorToWrite = { dtype: 'I64', shape: [32], data: new BigInt64Array(32) };
    await refused(open('clip', await edited('c', { [bias]: whole })), /unsupported dtype I64/);
  });

  it('that do not fit the size of image or number of heads given', async () => {
    await refused(
      open('clip', CLIP, { nHeads: 4, imageSize: 64 }),
      /16 patch positions do not fit images of 64/,
    );
    await refused(open('clip', CLIP, { nHeads: 5 }), /invalid number of heads 5/);
    await refused(open('clip', CLIP, {}), /invalid number of heads 0.5/);
  });

  it('behind a symbolic link are read where they lie', async () => {
    const link = join(folder, 'link.safetensors');
    await symlink(CLIP, link);
    const backbone = await open('clip', link);
    const results = await backbone.run(blank(backbone), { record: ['hook_embed'] });
    expect(results.get('hook_embed')!.shape).toEqual([1, 17, 32]);
    await backbone.close();
  });
});

describe('runs', () => {
  let backbone: VisionBackbone;
  beforeAll(async () => {
    backbone = await open('clip', CLIP);
  });
  afterAll(() => backbone.close());

  const replacing = (name: string, value: Tensor): Promise<unknown> =>
    backbone.run(blank(backbone), { record: ['output'], replace: new Map([[name, value]]) });

  it('that ask for an unknown point', () =>
    refused(
      backbone.run(blank(backbone), { record: ['blocks.7.hook_resid_post'] }),
      /unknown hook point: 'blocks.7.hook_resid_post'/,
    ));

  it('that replace an unknown point or the output', async () => {
    const value = { data: new Float32Array(17 * 32), shape: [1, 17, 32] };
    await refused(replacing('blocks.0.hook_resid', value), /unknown hook point/);
    await refused(replacing('output', value), /unknown hook point: 'output'/);
  });

  it('that replace a point by another shape: both shapes are named', async () => {
    const point = 'blocks.0.hook_resid_post';
    const short = { data: new Float32Array(16 * 32), shape: [1, 16, 32] };
    await refused(replacing(point, short), /\[1, 16, 32\], expected \[1, 17, 32\]/);
    await refused(replacing(point, { ...short, shape: [1, 17, 32] }), /512 elements do not fill/);
    const two = { data: new Float32Array(2 * 17 * 32), shape: [2, 17, 32] };
    await refused(replacing(point, two), /\[2, 17, 32\], expected \[1, 17, 32\]/);
  });

  it('with pixels of another shape, or none', async () => {
    const run = (shape: number[], n: number) =>
      backbone.run({ data: new Float32Array(n), shape }, { record: ['output'] });
    await refused(
      run([1, 3, 32, 32], 3072),
      /'pixels': \[1, 3, 32, 32\], expected \[1, 3, 28, 28\]/,
    );
    await refused(run([0, 3, 28, 28], 0), /invalid shape of 'pixels'/);
    await refused(run([], 1), /invalid shape of 'pixels'/);
    await refused(run([1, 3, 28, 28], 7), /7 elements do not fill/);
  });

  it('leave the backbone usable', async () => {
    const results = await backbone.run(blank(backbone), { record: ['output'] });
    expect(results.get('output')!.data.every(Number.isFinite)).toBe(true);
  });

  it('pass numbers that are not finite on, for the caller to see', async () => {
    const pixels = blank(backbone);
    pixels.data[5] = Number.NaN;
    const { data } = (await backbone.run(pixels, { record: ['hook_embed'] })).get('hook_embed')!;
    expect(data.some(Number.isNaN)).toBe(true);
  });
});

describe('signals', () => {
  it('end the run under way', async () => {
    const stop = new AbortController();
    const config = { nHeads: 4 };
    const backbone = await openVisionModel(
      { family: 'clip', weights: CLIP, config },
      { signal: stop.signal },
    );
    const running = backbone.run(blank(backbone, 64), { record: ['output'] });
    stop.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    await expect(backbone.run(blank(backbone), { record: ['output'] })).rejects.toMatchObject({
      name: 'AbortError',
    });
    await backbone.close();
  });
});

function blank(backbone: VisionBackbone, batch = 1): Tensor & { data: Float32Array } {
  const { imageSize } = backbone.config;
  const shape = [batch, 3, imageSize, imageSize];
  return { data: new Float32Array(batch * 3 * imageSize ** 2), shape };
}
