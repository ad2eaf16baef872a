// Reading and replacing hook points: what is read is consistent, what is replaced is used, what is not needed is not run.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Random } from '../../base/random.ts';
import { buildModel } from '../../compute/onnx/model.ts';
import { applyTransform } from '../../data/images/transform.ts';
import { recordedTokens, type Tensor, type VisionBackbone } from '../types.ts';
import { openWeights } from '../weights.ts';
import { clipParts } from './families/clip.ts';
import { dinov2Transform } from './families/dinov2.ts';
import { openVisionModel } from './open.ts';
import type { ResolvedVisionModel } from './types.ts';
import { OUTPUT, visionGraph } from './vision-graph.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/backbones');
const weightsOf = (name: string): string => join(FIXTURES, `${name}.weights.safetensors`);

const CLIP = { family: 'clip', weights: weightsOf('clip-laion'), config: { nHeads: 4 } };
const REGISTERS = {
  family: 'dinov2',
  weights: weightsOf('dinov2-original-registers'),
  config: { nHeads: 2, imageSize: 40 },
};

function randomPixels(backbone: VisionBackbone, batch: number, seed = 1): Tensor {
  const shape = [batch, 3, backbone.config.imageSize, backbone.config.imageSize];
  const random = new Random(seed);
  const data = new Float32Array(shape.reduce((a, b) => a * b)).map(() => random.normal());
  return { data, shape };
}

async function using<T>(
  checkpoint: ResolvedVisionModel,
  body: (backbone: VisionBackbone) => Promise<T>,
  options: Parameters<typeof openVisionModel>[1] = {},
): Promise<T> {
  const backbone = await openVisionModel(checkpoint, { threads: 1, ...options });
  try {
    return await body(backbone);
  } finally {
    await backbone.close();
  }
}

describe.each([
  ['clip', CLIP],
  ['dinov2 with registers and SwiGLU', REGISTERS],
])('%s', (_, checkpoint) => {
  it('reading every hook point gives the shapes foretold, and the same output as reading none', () =>
    using(checkpoint, async (backbone) => {
      const { nHeads, dModel, nPatches, nRegisters } = backbone.config;
      const tokens = 1 + nRegisters + nPatches;
      const pixels = randomPixels(backbone, 3);
      const all = await backbone.run(pixels, { record: [...backbone.hookPoints, OUTPUT] });
      const plain = await backbone.run(pixels, { record: [OUTPUT] });
      expect(all.get(OUTPUT)!.data).toBeNear(plain.get(OUTPUT)!.data, 2e-6);
      const shape = (name: string): readonly number[] => all.get(name)!.shape;
      expect(shape('blocks.1.hook_resid_pre')).toEqual([3, tokens, dModel]);
      expect(shape('blocks.0.attn.hook_q')).toEqual([3, tokens, nHeads, dModel / nHeads]);
      expect(shape('blocks.0.attn.hook_pattern')).toEqual([3, nHeads, tokens, tokens]);
      expect(shape('blocks.1.ln1.hook_scale')).toEqual([3, tokens, 1]);
      expect(shape('hook_embed')).toEqual([3, 1 + nPatches, dModel]);
    }));

  it('attention in one kernel and step by step agree', () =>
    using(checkpoint, async (backbone) => {
      const pixels = randomPixels(backbone, 2);
      const point = 'blocks.1.hook_resid_post';
      const fused = await backbone.run(pixels, { record: [point] });
      const patterns = ['blocks.0.attn.hook_pattern', 'blocks.1.attn.hook_attn_scores'];
      const open = await backbone.run(pixels, { record: [point, ...patterns] });
      expect(open.get(point)!.data).toBeNear(fused.get(point)!.data, 2e-6);
      const { data, shape } = open.get(patterns[0]!)!;
      const rows = data.length / shape[3]!;
      for (let r = 0; r < rows; r++) {
        const row = data.subarray(r * shape[3]!, (r + 1) * shape[3]!);
        expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      }
    }));

  it('what is read adds up: resid_pre + attn_out = resid_mid, + mlp_out = resid_post', () =>
    using(checkpoint, async (backbone) => {
      const names = ['resid_pre', 'attn_out', 'resid_mid', 'mlp_out', 'resid_post'];
      const record = names.map((name) => `blocks.1.hook_${name}`);
      const results = await backbone.run(randomPixels(backbone, 2), { record });
      const [pre, attnOut, mid, mlpOut, post] = record.map((name) => results.get(name)!.data);
      expect(pre!.map((v, i) => v + attnOut![i]!)).toBeNear(mid!, 1e-6);
      expect(mid!.map((v, i) => v + mlpOut![i]!)).toBeNear(post!, 1e-6);
    }));

  it('replacing any point by its own value gives the same output', () =>
    using(checkpoint, async (backbone) => {
      const pixels = randomPixels(backbone, 2);
      const clean = await backbone.run(pixels, { record: [...backbone.hookPoints, OUTPUT] });
      for (const name of backbone.hookPoints.filter((each) => !each.startsWith('blocks.1.'))) {
        const replace = new Map([[name, clean.get(name)!]]);
        const again = await backbone.run(pixels, { record: [OUTPUT], replace });
        expect(again.get(OUTPUT)!.data, name).toBeNear(clean.get(OUTPUT)!.data, 5e-6);
      }
    }));
});

describe('replacing', () => {
  it('a changed residual stream changes what comes after it and nothing before', () =>
    using(CLIP, async (backbone) => {
      const pixels = randomPixels(backbone, 2);
      const [before, after] = ['blocks.0.hook_mlp_out', 'blocks.1.hook_resid_post'];
      const point = 'blocks.0.hook_resid_post';
      const clean = await backbone.run(pixels, { record: [before, point, after] });
      const value = clean.get(point)!;
      const edited = { ...value, data: value.data.map((v, i) => v + Math.sin(i)) };
      const replace = new Map([[point, edited]]);
      const results = await backbone.run(pixels, { record: [before, point, after], replace });
      expect(results.get(before)!.data).toEqual(clean.get(before)!.data);
      expect(results.get(point)).toBe(edited);
      expect(results.get(after)!.data).not.toBeNear(clean.get(after)!.data, 1e-2);
    }));

  it('zero in place of what a block adds leaves the residual stream as it was', () =>
    using(CLIP, async (backbone) => {
      const pixels = randomPixels(backbone, 1);
      const [pre, post] = ['blocks.1.hook_resid_pre', 'blocks.1.hook_resid_post'];
      const { shape, data } = (await backbone.run(pixels, { record: [pre] })).get(pre)!;
      const zero = { shape, data: new Float32Array(data.length) };
      const replace = new Map(
        ['blocks.1.hook_attn_out', 'blocks.1.hook_mlp_out'].map((name) => [name, zero]),
      );
      const results = await backbone.run(pixels, { record: [post], replace });
      expect(results.get(post)!.data).toBeNear(data, 1e-6);
    }));

  it('cuts off the blocks before it and, when the last is not read, those after', async () => {
    const file = await openWeights(CLIP.weights);
    const parts = clipParts(file, CLIP.config);
    const operators = (read: string, replaced?: string): readonly string[] => {
      const points = visionGraph(parts, new Set(replaced ? [read, replaced] : [read]));
      const pick = (names: string[]) => new Map(names.map((name) => [name, points.get(name)!]));
      return buildModel(pick([read]), pick(replaced ? [replaced] : [])).operators;
    };
    const count = (list: readonly string[]): number => list.filter((op) => op === 'Gemm').length;
    const [first, second] = ['blocks.0.hook_resid_post', 'blocks.1.hook_resid_post'];
    expect(count(operators(second))).toBe(1 + 4 + 4);
    expect(count(operators(first))).toBe(1 + 4);
    expect(count(operators(second, first))).toBe(4);
    await file.close();
  });
});

describe('batches', () => {
  it('give what each image gives alone, however they are cut', () =>
    using(
      REGISTERS,
      async (backbone) => {
        const record = ['blocks.0.hook_resid_post', 'blocks.1.attn.hook_q'];
        const pixels = randomPixels(backbone, 5);
        const together = await backbone.run(pixels, { record });
        const size = pixels.data.length / 5;
        for (const i of [0, 3, 4]) {
          const one = {
            data: pixels.data.slice(i * size, (i + 1) * size),
            shape: [1, ...pixels.shape.slice(1)],
          };
          const alone = await backbone.run(one, { record });
          for (const name of record) {
            const { data } = together.get(name)!;
            const part = data.subarray((i * data.length) / 5, ((i + 1) * data.length) / 5);
            expect(alone.get(name)!.data).toBeNear(part, 1e-6);
          }
        }
      },
      { imagesPerRun: 2 },
    ));

  it('runs asked for at once are served in turn, each with its own points', () =>
    using(
      CLIP,
      async (backbone) => {
        const pixels = randomPixels(backbone, 1);
        const points = ['blocks.0.hook_resid_mid', 'blocks.1.hook_mlp_out', 'hook_embed', OUTPUT];
        const runs = points.map((name) => backbone.run(pixels, { record: [name] }));
        const results = await Promise.all(runs);
        expect(results.map((each) => [...each.keys()])).toEqual(points.map((name) => [name]));
      },
      { maxSessions: 1 },
    ));
});

describe('tokens', () => {
  it('registers stand between CLS and patches and are not recorded', () =>
    using(REGISTERS, async (backbone) => {
      const { nPatches, nRegisters } = backbone.config;
      expect([nPatches, nRegisters]).toEqual([25, 4]);
      const tokens = recordedTokens(backbone.config);
      expect(tokens.slice(0, 3)).toEqual([0, 5, 6]);
      expect(tokens).toHaveLength(26);
      // Registers do not depend on the image before the first block.
      const record = ['blocks.0.hook_resid_pre'];
      const { data, shape } = (await backbone.run(randomPixels(backbone, 2), { record })).get(
        record[0]!,
      )!;
      const [, nTokens, d] = shape as [number, number, number];
      const token = (image: number, t: number): Float32Array =>
        data.subarray((image * nTokens + t) * d, (image * nTokens + t + 1) * d);
      for (const t of [0, 1, 4]) expect(token(0, t)).toEqual(token(1, t));
      expect(token(0, 5)).not.toEqual(token(1, 5));
    }));
});

describe('preprocessing', () => {
  const data = new Uint8Array(40 * 30 * 3).map((_, i) => (i * 7) % 256);
  const image = { width: 40, height: 30, data };

  it('gives pixels of the size that the model takes', () =>
    using(CLIP, async ({ preprocess, config: shape }) => {
      expect(preprocess(image)).toHaveLength(3 * shape.imageSize ** 2);
    }));

  it('of DINOv2 is the published one, at 224 pixels where no size is given', () =>
    using({ ...REGISTERS, config: { nHeads: 2 } }, async ({ preprocess, config: shape }) => {
      expect([shape.imageSize, shape.nPatches]).toEqual([224, 784]);
      expect(preprocess(image)).toEqual(applyTransform(image, dinov2Transform()));
    }));
});
