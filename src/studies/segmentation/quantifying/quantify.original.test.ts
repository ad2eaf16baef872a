// Choice of features, edits, predictions and counts against the original's (fixtures/studies/make_edits.py).
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  EDITS,
  editsCoder,
  editsPixels,
  integers,
  openEditsFile,
  openEditsModel,
} from '../../../../test/helpers/edits.ts';
import type { VisionBackbone } from '../../../backbones/types.ts';
import { takeTokens } from '../../../backbones/vision/tokens.ts';
import { referenceKernels } from '../../../compute/kernels/reference/kernels.ts';
import type { SafetensorsFile } from '../../../formats/safetensors.ts';
import { type Coder, openCoder } from '../../../sae/open-coder.ts';
import { runClean } from '../../editing/edited-run.ts';
import { tokenLabels } from '../../labels/labels.ts';
import type { LinearHead } from '../../probes/linear-head.ts';
import { countChanges, summarizeChanges } from './changes.ts';
import { chooseFeatures } from './chosen-features.ts';
import { openImageEditor } from './edit-images.ts';
import { EDIT_METHODS } from './methods.ts';
import { openPredictor } from './predictions.ts';

const { d, dSae, images, patches, classes } = EDITS;
const hook = 'blocks.0.hook_resid_post';
const names = Array.from({ length: classes }, (_, i) => `class ${i}`);

let golden: SafetensorsFile;
let backbone: VisionBackbone;
let coder: Coder;
let head: LinearHead;

beforeAll(async () => {
  golden = await openEditsFile();
  backbone = await openEditsModel();
  coder = await openCoder(await editsCoder(golden), { kernels: referenceKernels() });
  head = {
    dIn: d,
    nClasses: classes,
    weight: await golden.readFloat32('head.weight'),
    bias: await golden.readFloat32('head.bias'),
  };
});

afterAll(async () => {
  await coder.close();
  await backbone.close();
  await golden.close();
});

it('sees the same classes in the same patches', async () => {
  const predict = await openPredictor(head);
  const output = {
    data: await golden.readFloat32('output'),
    shape: [images, 1 + patches, d],
  };
  const tokens = Array.from({ length: patches }, (_, i) => 1 + i);
  expect(await predict(takeTokens(output, tokens))).toEqual(await integers(golden, 'before'));
});

it.each(['random-vector', 'random-feature', 'automatic-feature'])(
  '%s: counts the same changes',
  async (method) => {
    const before = await integers(golden, 'before');
    const counts = countChanges(classes);
    counts.add(before, before, await integers(golden, `after.${method}`));
    const { targetChange, targetStd, otherChange, otherStd } = summarizeChanges(counts.results());
    const reports: { method: string }[] = JSON.parse(golden.metadata.reports!);
    const { method: _, ...expected } = reports.find((each) => each.method === method)! as {
      method: string;
    } & Record<string, number>;
    const found = {
      target_change: targetChange,
      other_change: otherChange,
      target_std: targetStd,
      other_std: otherStd,
    };
    for (const [name, value] of Object.entries(found))
      expect(value).toBeCloseTo(expected[name]!, 12);
    // Every patch is edited, and every patch is another one for all classes but its own.
    expect(targetChange).toBeCloseTo(otherChange, 12);
  },
);

it('chooses latents with the same F1, and the same latents', async () => {
  const numbers = await integers(golden, 'labels');
  const share = await golden.readFloat32('share');
  const clear = numbers.map((number, i) => (share[i]! >= 0.9 ? number : -1));
  const labels = tokenLabels(names, clear, patches);
  const sparsity = await golden.readFloat32('sparsity');
  const settings = {
    topValues: undefined,
    sparsity: undefined,
    features: undefined,
    maxFreq: Number(golden.metadata.maxFreq),
    topK: 3,
    thresholds: [0, 0.1, 0.3, 0.5, 0.7, 1],
  };
  const pixels = await editsPixels(golden);
  const chosen = await chooseFeatures(coder, labels, settings, async function* () {
    const { rows } = await runClean(backbone, pixels, { hook, record: [] });
    yield {
      rows,
      exampleIndex: numbers.map((_, i) => Math.floor(i / patches)),
      tokenIndex: numbers.map((_, i) => i % patches),
    };
  });
  expect(chosen.sparsity).toBeNear(sparsity, 1e-6);
  expect(chosen.maxima).toBeNear(await golden.readFloat32('maxima'), 1e-5);
  const lookup = await integers(golden, 'lookup');
  const best: number[] = JSON.parse(golden.metadata.bestF1!);
  for (const [each, [first, second]] of chosen.scores) {
    if (each === 0) continue;
    expect(first!.f1).toBeCloseTo(best[each - 1]!, 3);
    if (second === undefined || first!.f1 > second.f1) expect(first!.latent).toBe(lookup[each]);
  }
  expect(chosen.scores.size).toBe(7);
});

it('edits each patch in the latent of its class, with the same change of classes behind it', async () => {
  const lookup = await integers(golden, 'lookup');
  const labels = await integers(golden, 'labels');
  const editor = await openImageEditor({ backbone, hook, headHook: 'output', head }, coder, {
    methods: EDIT_METHODS.filter(({ name }) => name === 'automatic-feature'),
    extent: 'labels',
    tools: {
      features: new Map([...lookup.keys()].slice(1).map((each) => [each, lookup[each]!])),
      otherFeatures: new Map(),
      maxima: await golden.readFloat32('maxima'),
      scale: Number(golden.metadata.scale),
      vectorScale: 1,
      seed: 0,
    },
  });
  const batch = { pixels: await editsPixels(golden), images: Int32Array.of(0, 1, 2, 3) };
  const done = [];
  for await (const each of editor.edit(batch, labels)) done.push(each);
  expect(done).toHaveLength(1);
  expect(done[0]!.before).toEqual(await integers(golden, 'before'));
  expect(done[0]!.after).toEqual(await integers(golden, 'after.automatic-feature'));
});

it('edits one class at a time, and leaves what does not show it alone', async () => {
  const labels = await integers(golden, 'labels');
  const alone = labels.map((label, i) => (i < patches ? label : 0));
  const editor = await openImageEditor({ backbone, hook, headHook: 'output', head }, coder, {
    methods: EDIT_METHODS,
    extent: 'class',
    tools: {
      features: new Map([[3, 27]]),
      otherFeatures: new Map([[3, 22]]),
      maxima: await golden.readFloat32('maxima'),
      scale: -2,
      vectorScale: 0,
      seed: 0,
    },
  });
  const batch = { pixels: await editsPixels(golden), images: Int32Array.of(0, 1, 2, 3) };
  const present = [...new Set(alone)].filter((each) => each > 0).sort((a, b) => a - b);
  const found = new Map<string, number[]>();
  for await (const { method, only, before, after, labels: own } of editor.edit(batch, alone)) {
    found.set(method, [...(found.get(method) ?? []), only!]);
    // Only the first image shows any of the classes.
    expect([before.length, after.length, own.length]).toEqual([patches, patches, patches]);
    if (method === 'random-vector') expect(after).toEqual(before);
    if (method.endsWith('class-feature') && only !== 3) expect(after).toEqual(before);
  }
  expect(found.size).toBe(4);
  for (const classesOf of found.values()) expect(classesOf).toEqual(present);
  expect(dSae).toBe(coder.dSae);
});
