import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSmallShards } from '../../../test/helpers/activation-data.ts';
import { memorySource } from '../../../test/helpers/memory-source.ts';
import { textData, writeTexts } from '../../../test/helpers/text-activations.ts';
import type { ActivationSource } from '../../activations/types.ts';
import { transpose } from '../../base/arrays.ts';
import { Random } from '../../base/random.ts';
import { openSafetensors, type SafetensorsFile } from '../../formats/safetensors.ts';
import { openTorchFile } from '../../formats/torch/torch-file.ts';
import { readTorchTensor, type TorchTensor } from '../../formats/torch/torch-tensor.ts';
import { writeCheckpoint } from '../../sae/checkpoints/registry.ts';
import type { SparseCoder } from '../../sae/coder.ts';
import { type Coder, openCoder } from '../../sae/open-coder.ts';
import { openCodeParts } from './code-parts.ts';
import { InferConfig, type InferConfigInput } from './config.ts';
import { encodeRows } from './encode-rows.ts';
import { infer } from './infer.ts';
import { openTokenActs } from './token-acts.ts';

const golden = (name: string): string =>
  new URL(`../../../fixtures/studies/inference/${name}`, import.meta.url).pathname;

let folder: string;
let file: SafetensorsFile;
let shards: string;
let ckpt: string;
let coder: SparseCoder;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-infer-'));
  file = await openSafetensors(golden('golden.safetensors'));
  ({ folder: shards } = await writeSmallShards(join(folder, 'shards')));
  coder = {
    config: {
      dIn: 4,
      dOut: 4,
      dSae: 6,
      activation: { kind: 'relu' },
      subtractDecoderBias: true,
      metadata: {},
    },
    weights: {
      wEnc: transpose(await file.readFloat32('W_enc'), 4, 6),
      bEnc: await file.readFloat32('b_enc'),
      wDec: await file.readFloat32('W_dec'),
      bDec: await file.readFloat32('b_dec'),
    },
  };
  ckpt = join(folder, 'coder');
  await writeCheckpoint(coder, ckpt);
});
afterAll(async () => {
  await file.close();
  await rm(folder, { recursive: true });
});

const configOf = (to: string, changes: InferConfigInput = {}): InferConfig =>
  InferConfig.parse({
    run: ckpt,
    dumpTo: join(folder, to),
    data: { shardRoot: shards, layer: -2, scaleMean: false, scaleNorm: false },
    nDists: 2,
    saeBatchSize: 5,
    threads: 1,
    ...changes,
  });

async function torchVector(
  path: string,
): Promise<{ shape: readonly number[]; data: Float32Array }> {
  const opened = await openTorchFile(path);
  try {
    const { shape, data } = await readTorchTensor(opened.value as TorchTensor);
    return { shape, data: data as Float32Array };
  } finally {
    await opened.close();
  }
}

describe('infer', () => {
  it('gives the codes, statistics and metrics of the original', async () => {
    const summary = await infer(configOf('whole'));
    const codes = await file.readFloat32('codes');
    const to = summary.folder;
    const acts = await openTokenActs(to);
    expect([acts.nExamples, acts.rowsPerExample, acts.dSae]).toEqual([7, 3, 6]);
    const dense = new Float32Array(codes.length);
    for (let example = 0; example < 7; example++) {
      const { rowStart, index, value } = await acts.example(example);
      for (let r = 0; r < 3; r++)
        for (let p = rowStart[r]!; p < rowStart[r + 1]!; p++)
          dense[(example * 3 + r) * 6 + index[p]!] = value[p]!;
    }
    await acts.close();
    expect(dense).toBeClose(codes, { relative: 1e-5, absolute: 1e-6 });
    const means = await torchVector(join(to, 'mean_values.pt'));
    expect(means.data).toBeClose(await file.readFloat32('all.mean_values'));
    expect(means.data[4]).toBeNaN();
    const sparsity = await torchVector(join(to, 'sparsity.pt'));
    expect(sparsity.data).toBeClose(await file.readFloat32('all.sparsity'));
    const distributions = await torchVector(join(to, 'distributions.pt'));
    expect(distributions.shape).toEqual([21, 2]);
    expect(distributions.data).toEqual(dense.filter((_, i) => i % 6 < 2));
    const [sse, baseline] = (await file.read('all.sse')).data as Float64Array;
    expect(JSON.parse(await readFile(join(to, 'metrics.json'), 'utf8'))).toEqual(summary.metrics);
    const { metrics } = summary;
    expect([
      metrics.sse_recon,
      metrics.sse_baseline,
      metrics.mse_per_dim,
      metrics.normalized_mse,
    ]).toBeClose([sse!, baseline!, sse! / 84, sse! / baseline!]);
    expect([metrics.n_tokens, metrics.d_model, metrics.n_elements]).toEqual([21, 4, 84]);
  });

  it('writes a table of latents, and returns at once where all stands', async () => {
    const to = join(folder, 'whole');
    const bytes = await readFile(join(to, 'features.parquet'));
    const rows = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
    });
    expect(rows).toHaveLength(6);
    const codes = await file.readFloat32('codes');
    for (const [latent, row] of rows.entries()) {
      const own = codes.filter((_, i) => i % 6 === latent);
      const largest = own.indexOf(Math.max(...own));
      const fires = own[largest]! > 0;
      expect(row).toMatchObject({
        latent,
        count: BigInt(own.filter((code) => code > 0).length),
        max_example: fires ? BigInt(Math.floor(largest / 3)) : null,
        max_token: fires ? largest % 3 : null,
      });
    }
    expect((await infer(configOf('whole'))).isCached).toBe(true);
    await expect(infer(configOf('whole', { nDists: 3 }))).rejects.toThrow(
      /holds codes already, of other settings: nDists$/,
    );
    const again = await infer(configOf('whole', { nDists: 3, forceRecompute: true }));
    expect(again.isCached).toBe(false);
  });

  it('leaves patches out by their label', async () => {
    const labelled = join(folder, 'labelled');
    await cp(shards, labelled, { recursive: true });
    const ignored = (await file.read('ignored')).data as Uint8Array;
    const data = { shardRoot: labelled, layer: -2, scaleMean: false, scaleNorm: false };
    const config = configOf('masked', { data, ignoreLabels: [9] });
    await expect(infer(config)).rejects.toThrow('missing labels: there is no');
    await writeFile(join(labelled, 'labels.bin'), ignored.subarray(1));
    await expect(infer(config)).rejects.toThrow('has 20, for 7 examples of 3 patches');
    await writeFile(
      join(labelled, 'labels.bin'),
      ignored.map((left) => 9 * left),
    );
    const { metrics, folder: to } = await infer(config);
    const [sse, baseline] = (await file.read('masked.sse')).data as Float64Array;
    expect([metrics.sse_recon, metrics.sse_baseline]).toBeClose([sse!, baseline!]);
    expect(metrics.n_tokens).toBe(ignored.filter((left) => left === 0).length);
    const { data: sparsity } = await torchVector(join(to, 'sparsity.pt'));
    expect(sparsity).toBeClose(await file.readFloat32('masked.sparsity'));
    const { data: means } = await torchVector(join(to, 'mean_values.pt'));
    expect(means).toBeClose(await file.readFloat32('masked.mean_values'));
    const acts = await openTokenActs(to);
    const { rowStart } = await acts.example(0);
    expect(rowStart[3]! - rowStart[2]!).toBe(0);
    await acts.close();
  });

  it('goes on to the same bytes wherever it was interrupted', async () => {
    const names = ['token_acts.npz', 'metrics.json', 'distributions.pt', 'features.parquet'];
    await infer(configOf('at-once'));
    const config = configOf('in-pieces');
    for (const stopAt of [3, 5]) {
      // A signal that is aborted at its nth look stands for a process that is killed there.
      let looks = 0;
      const stopped = Object.assign(new AbortController().signal, {
        throwIfAborted: () => {
          if (++looks > stopAt) throw new Error('stopped');
        },
      });
      await expect(infer(config, { signal: stopped, noteEvery: 0 })).rejects.toThrow('stopped');
    }
    const note = join(folder, 'in-pieces', 'token_acts.parts', 'state.json');
    expect(JSON.parse(await readFile(note, 'utf8')).rows).toBeGreaterThan(0);
    await infer(config);
    for (const name of names) {
      const [a, b] = [join(folder, 'at-once', name), join(folder, 'in-pieces', name)];
      expect((await readFile(b)).equals(await readFile(a)), name).toBe(true);
    }
  });

  it('keeps the metrics alone when asked to', async () => {
    const { folder: to, nonzeros } = await infer(configOf('metrics', { save: false }));
    expect(nonzeros).toBe(0);
    await expect(openTokenActs(to)).rejects.toThrow('missing codes');
    expect((await infer(configOf('metrics', { save: false }))).isCached).toBe(true);
    expect((await infer(configOf('metrics'))).isCached).toBe(false);
  });

  it('encodes texts of a model that runs along, and goes on there, too', async () => {
    const random = new Random(4);
    const normal = (n: number): Float32Array => new Float32Array(n).map(() => random.normal());
    const config = { ...coder.config, dIn: 16, dOut: 16, dSae: 8 };
    const [wEnc, bEnc, wDec, bDec] = [normal(128), normal(8), normal(128), normal(16)];
    const path = join(folder, 'text-coder');
    await writeCheckpoint({ config, weights: { wEnc, bEnc, wDec, bDec } }, path);
    const data = textData(await writeTexts(folder, 30));
    const inputs = { run: path, data, saeBatchSize: 16 };
    const whole = await infer(configOf('text-codes', inputs));
    const acts = await openTokenActs(whole.folder);
    expect(acts.tokens).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(whole.rows).toBe(10 * acts.nExamples);
    await acts.close();
    const controller = new AbortController();
    const looks = { throwIfAborted: 0 };
    const signal = Object.assign(controller.signal, {
      throwIfAborted: () => {
        if (++looks.throwIfAborted > 40) throw new Error('stopped');
      },
    });
    const pieces = configOf('texts-in-pieces', inputs);
    await infer(pieces, { signal, noteEvery: 0 }).catch((error: Error) =>
      expect(error.message).toBe('stopped'),
    );
    await infer(pieces);
    for (const name of ['token_acts.npz', 'metrics.json']) {
      const [a, b] = [join(whole.folder, name), join(folder, 'texts-in-pieces', name)];
      expect((await readFile(b)).equals(await readFile(a)), name).toBe(true);
    }
  });

  it('refuses rows of another width', async () => {
    const wide = { ...coder, config: { ...coder.config, dIn: 2, dOut: 2 } };
    const weights = { ...coder.weights, wEnc: new Float32Array(12), wDec: new Float32Array(12) };
    const path = join(folder, 'narrow');
    await writeCheckpoint({ ...wide, weights: { ...weights, bDec: new Float32Array(2) } }, path);
    await expect(infer(configOf('narrow-codes', { run: path }))).rejects.toThrow(
      'invalid choice of activations: they are 4 wide',
    );
  });
});

describe('encodeRows', () => {
  /** A source whose examples in `broken` have no rows. */
  function withGaps(acts: Float32Array, broken: readonly number[]): ActivationSource {
    const source = memorySource(acts, { nExamples: 7, rowsPerExample: 3, dModel: 4 });
    return {
      ...source,
      async *batches(options) {
        for await (const { acts: all, ...batch } of source.batches(options)) {
          const kept = [...batch.exampleIndex.keys()].filter(
            (i) => !broken.includes(batch.exampleIndex[i]!),
          );
          if (kept.length === 0) continue;
          yield {
            acts: Float32Array.from(kept.flatMap((i) => [...all.subarray(i * 4, i * 4 + 4)])),
            exampleIndex: Int32Array.from(kept, (i) => batch.exampleIndex[i]!),
            tokenIndex: Int32Array.from(kept, (i) => batch.tokenIndex[i]!),
          };
        }
      },
    };
  }

  it('leaves the rows of examples that cannot be read empty', async () => {
    const running: Coder = await openCoder(coder, { threads: 1 });
    const acts = Float32Array.from({ length: 84 }, (_, i) => Math.sin(i) * 4);
    const parts = await openCodeParts(join(folder, 'gaps'), 'key');
    const broken = [0, 3, 4, 6];
    const { missing, tokens } = await encodeRows(withGaps(acts, broken), running, parts, {
      batchSize: 4,
      save: true,
      canSkip: false,
    });
    expect({ missing, tokens, rows: parts.rows }).toEqual({
      missing: broken,
      tokens: [0, 1, 2],
      rows: 21,
    });
    let row = 0;
    for await (const { rowStart } of parts.rowsOf(6))
      for (let r = 0; r + 1 < rowStart.length; r++, row++)
        if (broken.includes(Math.floor(row / 3))) expect(rowStart[r + 1]).toBe(rowStart[r]);
    await parts.close();
    await running.close();
  });
});

describe('openTokenActs', () => {
  it("reads SciPy's own file, when told how many rows an example has", async () => {
    const path = golden('token_acts.npz');
    await expect(openTokenActs(path)).rejects.toThrow('missing number of rows of an example');
    await expect(openTokenActs(path, { rowsPerExample: 4 })).rejects.toThrow(
      'has 21 rows, for examples of 4',
    );
    const acts = await openTokenActs(path, { rowsPerExample: 3 });
    const examples: number[] = [];
    for await (const { exampleIndex, tokenIndex, codes } of acts.batches()) {
      expect(codes.rowStart).toHaveLength(exampleIndex.length + 1);
      expect(tokenIndex[4]).toBe(1);
      examples.push(...exampleIndex);
    }
    expect(examples).toEqual(Array.from({ length: 21 }, (_, i) => Math.floor(i / 3)));
    await expect(acts.example(7)).rejects.toThrow('invalid example 7: there are 7');
    await acts.close();
  });
});
