// Every edge against real forward passes, in each of which one thing is doubled and all that is frozen is held.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LanguageWorkshop, languageWorkshop } from '../../../test/helpers/language.ts';
import { randomTranscoders } from '../../../test/helpers/transcoders.ts';
import type { HookPoint } from '../../backbones/hook-points.ts';
import type { Intervention, LanguageBackbone } from '../../backbones/language/types.ts';
import type { Tensor } from '../../backbones/types.ts';
import type { InputNormalization } from '../../sae/coder.ts';
import { readingOf } from '../reading.ts';
import type { TranscoderSet } from '../transcoders.ts';
import { type Attribution, type AttributionRow, attribute } from './attribute.ts';
import type { Target } from './targets.ts';

let workshop: LanguageWorkshop;
beforeAll(async () => {
  workshop = await languageWorkshop();
});
afterAll(() => workshop.close());

const PROMPT = [3, 17, 8, 17, 30, 2, 9];

/** Something that is added at a point, at one position or at all. */
interface Change {
  readonly point: HookPoint;
  readonly shape: readonly number[];
  readonly data: Float32Array;
  readonly position?: number;
}

/** The change that doubles a source, or what a head carries. */
function doubling(
  { sources, state, others }: Attribution,
  node: number,
  backbone: LanguageBackbone,
): Change {
  const { dModel, nHeads, dHead } = backbone.config;
  const own = (rows: Float32Array, index: number): Float32Array =>
    rows.slice(index * dModel, (index + 1) * dModel);
  if (node >= sources.count) {
    const other = others[node - sources.count]!;
    if (other.kind !== 'head') throw new Error('a root has nothing to double');
    const { layer, head, source, destination } = other.head;
    const { pattern, values } = state.blocks[layer]!;
    const weight = pattern[(head * PROMPT.length + destination) * PROMPT.length + source]!;
    const data = new Float32Array(nHeads * dHead);
    const at = (source * nHeads + head) * dHead;
    data.set(
      values.slice(at, at + dHead).map((x) => weight * x),
      head * dHead,
    );
    const point = `blocks.${layer}.attn.hook_z`;
    return { point, data, shape: [nHeads, dHead], position: destination };
  }
  const { kind, layer, position, bias } = sources.at(node);
  const change = (point: HookPoint, data: Float32Array): Change => ({
    point,
    data,
    shape: [dModel],
    position,
  });
  const block = `blocks.${layer}`;
  if (kind === 'token') return change('hook_embed', own(state.embedding, position!));
  if (kind === 'position')
    return change('hook_pos_embed', own(state.positionEmbedding!, position!));
  if (bias === 'b_O') return change(`${block}.hook_attn_out`, sources.attentionBias[layer]!.vector);
  if (bias === 'b_dec') return change(`${block}.hook_mlp_out`, sources.decoderBias[layer]!.vector);
  const { start, rows } = sources.mlp[layer]![position!]!;
  return change(`${block}.hook_mlp_out`, own(rows, node - start));
}

/** Changes as interventions in a batch of one row a change, and one without any. */
function inBatch(changes: readonly Change[]): Intervention[] {
  const points = [...new Set(changes.map(({ point }) => point))];
  return points.map((point) => {
    const { shape } = changes.find((each) => each.point === point)!;
    const size = shape.reduce((a, b) => a * b);
    const data = new Float32Array((changes.length + 1) * PROMPT.length * size);
    changes.forEach((each, row) => {
      if (each.point !== point) return;
      for (const position of each.position === undefined ? PROMPT.keys() : [each.position])
        data.set(each.data, (row * PROMPT.length + position) * size);
    });
    return { point, add: { data, shape: [changes.length + 1, PROMPT.length, ...shape] } };
  });
}

/** The output of an MLP held, but for what a skip connection makes of changes to its input; undefined where it has none. */
async function skipping(
  point: HookPoint,
  { data: before, shape }: Tensor,
  { backbone, transcoders }: { backbone: LanguageBackbone; transcoders: TranscoderSet },
): Promise<Intervention | undefined> {
  const layer = transcoders.layers.find((each) => point === `blocks.${each}.hook_mlp_out`);
  if (layer === undefined) return undefined;
  const { input, weights, config } = await transcoders.at(layer);
  const { wSkip } = weights;
  if (wSkip === undefined) return undefined;
  const { dIn, dOut, normalization: { scale = 1 } = {} } = config;
  const recorded = await backbone.run([PROMPT], { record: [input] });
  const { data: read } = recorded.get(input)!;
  return {
    point,
    from: input,
    compute({ data: x, shape: [rows] }) {
      const data = new Float32Array((x.length / dIn) * dOut);
      for (let row = 0; row < x.length / dIn; row++) {
        const at = row % PROMPT.length;
        for (let j = 0; j < dOut; j++) {
          let sum = before[at * dOut + j]!;
          for (let i = 0; i < dIn; i++) {
            sum += (wSkip[j * dIn + i]! * (x[row * dIn + i]! - read[at * dIn + i]!)) / scale;
          }
          data[row * dOut + j] = sum;
        }
      }
      return { data, shape: [rows!, ...shape.slice(1)] };
    },
  };
}

/** How far each change moves each target when patterns, norms and MLPs are frozen: `[change][target]`. */
async function moves(
  backbone: LanguageBackbone,
  transcoders: TranscoderSet,
  { targets, changes }: { targets: readonly Target[]; changes: readonly Change[] },
): Promise<number[][]> {
  const { dModel, dVocab } = backbone.config;
  const frozen = /attn\.hook_pattern$|(ln1|ln2|ln_final)\.hook_scale$|hook_mlp_out$/;
  const clean = await backbone.run([PROMPT], { record: (point) => frozen.test(point) });
  const held: Intervention[] = [];
  for (const [point, replace] of clean) {
    held.push((await skipping(point, replace, { backbone, transcoders })) ?? { point, replace });
  }
  const run = await backbone.run(
    Array.from({ length: changes.length + 1 }, () => PROMPT),
    {
      record: [...[...transcoders.places.values()].map(({ input }) => input), 'logits'],
      interventions: [...held, ...inBatch(changes)],
    },
  );
  const last = PROMPT.length - 1;
  const at = (tensor: Tensor, row: number, position: number, width: number): Float32Array =>
    tensor.data.subarray(
      (row * PROMPT.length + position) * width,
      (row * PROMPT.length + position + 1) * width,
    );
  const values: number[][] = [];
  for (let row = 0; row <= changes.length; row++) {
    const ofRow: number[] = [];
    for (const { kind, layer, position, feature, token, less } of targets) {
      if (kind === 'logit') {
        const logits = at(run.get('logits')!, row, last, dVocab);
        const mean = logits.reduce((sum, x) => sum + x, 0) / dVocab;
        ofRow.push(logits[token!]! - (less === undefined ? mean : logits[less]!));
        continue;
      }
      const coder = await transcoders.at(layer);
      const { direction, constant } = readingOf(coder, feature!);
      const { input } = coder;
      const x = at(run.get(input)!, row, position, dModel);
      ofRow.push(x.reduce((sum, y, i) => sum + y * direction[i]!, constant));
    }
    values.push(ofRow);
  }
  const before = values.pop()!;
  return values.map((after) => after.map((value, i) => value - before[i]!));
}

/** Some mean and scale of inputs, so that what they do to constants shows. */
const normalizationOf = ({ config: { dModel } }: LanguageBackbone): InputNormalization => ({
  mean: Float32Array.from({ length: dModel }, (_, i) => 0.1 * Math.sin(i)),
  scale: 1.5,
});

const sizeOf = ({ weight, constant }: AttributionRow): number =>
  weight.reduce((sum, x) => sum + Math.abs(x), Math.abs(constant));

const CASES: readonly [
  model: string,
  processing: boolean,
  input?: string,
  parts?: readonly ('skip' | 'gates')[],
][] = [
  ['gpt2', false, undefined, ['skip']],
  ['gpt2', true, 'hook_resid_mid', ['skip', 'gates']],
  ['neox', false, undefined, ['skip']],
  ['gpt2', true],
  ['gpt2', false],
  ['gpt2', true, 'hook_resid_mid'],
  ['neox', true],
  ['neox', false],
  ['neox-sequential', false],
  ['solu-rms', false],
];

describe.each(CASES)('%s, processed: %s, read at %s, with %s', (name, processing, input, parts) => {
  it.each([0, 3])('every edge is what real runs give, with %i heads a target', async (heads) => {
    const backbone = await workshop.open(name, { processing });
    const transcoders = randomTranscoders(backbone, {
      input,
      parts,
      ...(parts?.includes('skip') ? { config: { normalization: normalizationOf(backbone) } } : {}),
    });
    const attribution = await attribute(
      backbone,
      transcoders,
      PROMPT,
      [
        { kind: 'salient', most: 2 },
        { kind: 'difference', token: 5, less: 11 },
      ],
      { maxNodes: 1000, heads, headShare: 0, threads: 1 },
    );
    const { rows, sources, others, targets } = attribution;
    expect(targets.size).toBeGreaterThan(4);
    const rowOf = new Map(rows.map((row) => [row.node, row]));
    const headsOf = (of: number): number[] =>
      others.flatMap((other, i) =>
        other.kind === 'head' && other.of === of ? [sources.count + i] : [],
      );
    const nodes = [...Array(sources.count + others.length).keys()].filter(
      (node) => others[node - sources.count]?.kind !== 'root',
    );
    const moved = await moves(backbone, transcoders, {
      targets: [...targets.values()],
      changes: nodes.map((node) => doubling(attribution, node, backbone)),
    });
    let [worst, nonzero] = [0, 0];
    for (const [i, of] of [...targets.keys()].entries()) {
      const own = headsOf(of);
      const target = rowOf.get(of)!;
      for (const [n, node] of nodes.entries()) {
        let expected = 0;
        if (node >= sources.count) {
          if (!own.includes(node)) continue;
          expected = rowOf.get(node)!.value;
        } else {
          // Directly, and through each of the target's heads; their biases are part of attention's.
          for (const to of [of, ...own]) {
            const row = rowOf.get(to)!;
            const at = row.from.indexOf(node);
            if (at >= 0) expected += row.weight[at]!;
            const { bias, layer } = sources.at(node);
            const other = others[to - sources.count];
            if (bias === 'b_O' && other?.kind === 'head' && other.head.layer === layer)
              expected += row.constant;
          }
        }
        if (expected !== 0) nonzero++;
        worst = Math.max(worst, Math.abs(moved[n]![i]! - expected) / sizeOf(target));
      }
    }
    expect(nonzero).toBeGreaterThan(50);
    expect(worst).toBeLessThan(2e-6);

    for (const row of rows) {
      const sum = row.weight.reduce((a, b) => a + b, row.constant);
      expect(Math.abs(sum - row.value) / sizeOf(row)).toBeLessThan(2e-6);
    }
    if (heads > 0) expect(others.some(({ kind }) => kind === 'head')).toBe(true);
    await transcoders.close();
  });
});
