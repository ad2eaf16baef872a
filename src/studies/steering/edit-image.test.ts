// Edits of an image against the forward pass that they are made of.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EDITS, editsCoder, openEditsFile, openEditsModel } from '../../../test/helpers/edits.ts';
import type { VisionBackbone } from '../../backbones/types.ts';
import { takeTokens } from '../../backbones/vision/tokens.ts';
import { Random } from '../../base/random.ts';
import { referenceKernels } from '../../compute/kernels/reference/kernels.ts';
import type { RgbImage } from '../../data/images/images.ts';
import type { ClassesSection, EditSection, SegmentationSection } from '../../pages/edit.ts';
import { openCoder } from '../../sae/open-coder.ts';
import { changeCodes, codeOf } from '../editing/change-codes.ts';
import { runClean, runEdited } from '../editing/edited-run.ts';
import { initHead } from '../probes/linear-head.ts';
import { editImage } from './edit-image.ts';
import type { EditableImages } from './editable.ts';
import { type FoundHead, fitHeads } from './heads/heads.ts';

const HOOK = 'blocks.0.hook_resid_post';
const CHANGES = [
  { latent: 3, value: 6 },
  { latent: 40, value: -4 },
];

let backbone: VisionBackbone;
let editable: EditableImages;
let image: RgbImage;
let close: () => Promise<void>;

beforeAll(async () => {
  const golden = await openEditsFile();
  backbone = await openEditsModel();
  const coder = await openCoder(await editsCoder(golden), { kernels: referenceKernels() });
  await golden.close();
  editable = {
    modality: 'image',
    name: 'coder',
    backbone,
    coder,
    input: HOOK,
    output: HOOK,
    rows: 'patches',
  };
  const random = new Random(4, 'image');
  const data = Uint8Array.from({ length: 40 * 50 * 3 }, () => Math.floor(256 * random.float()));
  image = { width: 50, height: 40, data };
  close = async () => {
    await coder.close();
    await backbone.close();
  };
});

afterAll(() => close());

const names = Array.from({ length: 9 }, (_, i) => `thing ${i}`);
const headOf = (seed: number, own: Partial<FoundHead>): FoundHead => ({
  id: `head ${seed}`,
  kind: 'segmentation',
  name: 'head',
  classes: names,
  head: initHead(EDITS.d, names.length, seed),
  family: backbone.family,
  checkpoint: backbone.checkpoint,
  layer: 'ln_final.hook_normalized',
  resize: 'model',
  ...own,
});
const sectionOf = <Kind extends EditSection['kind']>(
  { sections }: { sections: readonly EditSection[] },
  kind: Kind,
) => sections.filter((each) => each.kind === kind) as Extract<EditSection, { kind: Kind }>[];

async function run(
  options: Partial<Parameters<typeof editImage>[2]> = {},
  found: FoundHead[] = [],
) {
  const { heads, reasons } = await fitHeads(found, editable);
  const edited = await editImage(
    editable,
    { image },
    { changes: CHANGES, prompts: [], templates: [], heads, ...options },
  );
  return { ...edited, reasons: [...reasons, ...edited.reasons] };
}

/** The same by hand: output before and after. */
async function byHand(tokens?: number[]) {
  const side = backbone.config.imageSize;
  const pixels = { data: backbone.preprocess(image), shape: [1, 3, side, side] };
  const clean = await runClean(backbone, pixels, {
    hook: HOOK,
    record: ['output'],
    ...(tokens && { tokens }),
  });
  const rows = await changeCodes(clean.rows, editable.coder, CHANGES);
  const after = (await runEdited(backbone, clean, rows)).get('output')!;
  return { before: clean.values.get('output')!, after, clean, rows };
}

it('turns tokens as the edited forward pass does', async () => {
  const edited = await run();
  const { before, after } = await byHand();
  const [change] = sectionOf(edited, 'change');
  const d = EDITS.d;
  const degrees = Array.from({ length: 17 }, (_, token) => {
    const [x, y] = [before, after].map(({ data }) => data.subarray(token * d, (token + 1) * d)) as [
      Float32Array,
      Float32Array,
    ];
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
    return (Math.acos(dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))) * 180) / Math.PI;
  });
  expect(change!.cls).toBeCloseTo(degrees[0]!, 3);
  expect(change!.degrees).toHaveLength(16);
  for (const [i, each] of change!.degrees.entries()) expect(each).toBeCloseTo(degrees[i + 1]!, 3);
  expect(edited.nEdited).toBe(16);
  expect(edited.nTokens).toBe(16);
});

it('changes nothing where nothing is touched, bit for bit', async () => {
  const heads = [headOf(1, {}), headOf(2, { kind: 'classes', reads: 'cls' })];
  const edited = await run({ changes: [] }, heads);
  expect(edited.nEdited).toBe(0);
  const [change] = sectionOf(edited, 'change');
  expect(Math.max(change!.cls!, ...change!.degrees)).toBe(0);
  const [map] = sectionOf(edited, 'segmentation');
  expect(map!.after).toEqual(map!.before);
  expect([map!.changedPatches, map!.changedPixels, map!.moves]).toEqual([0, 0, []]);
  for (const { before, after } of sectionOf(edited, 'classes')[0]!.classes)
    expect(after).toBe(before);
  // Codes set to what they are change nothing either.
  const { clean } = await byHand([1]);
  const codes = await editable.coder.encode(clean.rows);
  const same = { latent: codes.index[0]!, value: codeOf(codes, 0, codes.index[0]!) };
  expect((await run({ changes: [same], where: [0] })).nEdited).toBe(0);
});

it('edits the patches that it is told to, and no others', async () => {
  const edited = await run({ where: [5, 2, 5] });
  expect(edited.nEdited).toBe(2);
  const { after, before } = await byHand([3, 6]);
  const head = headOf(1, { layer: 'output' });
  const [map] = sectionOf(await run({ where: [2, 5] }, [head]), 'segmentation') as [
    SegmentationSection,
  ];
  const classesOf = (rows: Float32Array): number[] =>
    Array.from({ length: 16 }, (_, row) => {
      const scores = names.map((_, c) => {
        let sum = head.head.bias[c]!;
        for (let j = 0; j < EDITS.d; j++)
          sum += head.head.weight[c * EDITS.d + j]! * rows[row * EDITS.d + j]!;
        return sum;
      });
      return scores.indexOf(Math.max(...scores));
    });
  const patches = Array.from({ length: 16 }, (_, i) => i + 1);
  expect(map.before.patches).toEqual(classesOf(takeTokens(before, patches)));
  expect(map.after.patches).toEqual(classesOf(takeTokens(after, patches)));
  const moved = map.before.patches.filter((each, i) => each !== map.after.patches[i]).length;
  expect(map.changedPatches).toBe(moved / 16);
  expect(map.moves.reduce((sum, { patches: n }) => sum + n, 0)).toBe(moved);
  expect(map.before.pixels).toMatch(/^data:image\/png;base64,/);
});

it('gives probabilities of classes, and the head at the edited point itself sees the edit', async () => {
  const heads = [
    headOf(1, { kind: 'classes', reads: 'patches', layer: 0 }),
    headOf(2, { kind: 'classes', reads: 'meanpool', layer: 'output' }),
  ];
  const sections = sectionOf(await run({}, heads), 'classes') as [ClassesSection, ClassesSection];
  const { clean, rows } = await byHand();
  for (const when of ['before', 'after'] as const) {
    const { weight, bias } = heads[0]!.head;
    const of = when === 'before' ? clean.rows : rows;
    const logits = names.map((_, c) => {
      let sum = 0;
      for (let row = 0; row < 16; row++)
        for (let j = 0; j < EDITS.d; j++) sum += weight[c * EDITS.d + j]! * of[row * EDITS.d + j]!;
      return sum / 16 + bias[c]!;
    });
    const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
    for (const each of sections[0].classes)
      expect(each[when]).toBeCloseTo(Math.exp(logits[names.indexOf(each.name)]!) / total, 5);
  }
  expect(sections[1].nClasses).toBe(9);
  expect(sections[1].classes.length).toBeGreaterThanOrEqual(8);
});

it('lets heads on codes read the codes as they were set', async () => {
  const own = { sae: 'runs/own', readsOwnCodes: true, kind: 'classes', layer: 0 } as const;
  const heads = (['meanpool', 'patches', 'cls'] as const).map((reads, i) =>
    headOf(i, { ...own, reads, head: initHead(EDITS.dSae, names.length, i) }),
  );
  const edited = await run({ where: [2, 5] }, heads);
  const { clean } = await byHand();
  const codes = await editable.coder.encode(clean.rows);
  const sections = sectionOf(edited, 'classes');
  for (const [i, head] of heads.slice(0, 2).entries()) {
    for (const when of ['before', 'after'] as const) {
      // Mean of codes and mean of logits are the same thing for a linear head.
      const mean = new Float64Array(EDITS.dSae);
      for (let row = 0; row < 16; row++)
        for (let latent = 0; latent < EDITS.dSae; latent++) {
          const set = CHANGES.find((each) => each.latent === latent);
          const isSet = when === 'after' && set !== undefined && [2, 5].includes(row);
          mean[latent]! += (isSet ? set.value : codeOf(codes, row, latent)) / 16;
        }
      const { weight, bias } = head.head;
      const odds = names.map((_, c) =>
        Math.exp(mean.reduce((sum, x, j) => sum + x * weight[c * EDITS.dSae + j]!, bias[c]!)),
      );
      const total = odds.reduce((sum, x) => sum + x, 0);
      for (const each of sections[i]!.classes)
        expect(each[when]).toBeCloseTo(odds[names.indexOf(each.name)]! / total, 5);
    }
    expect(sections[i]!.classes.some(({ before, after }) => before !== after)).toBe(true);
  }
  // An edit of patches leaves the codes of CLS as they are.
  for (const { before, after } of sections[2]!.classes) expect(after).toBe(before);
  const other = await run({}, [
    { ...heads[0]!, readsOwnCodes: false },
    { ...heads[0]!, layer: 1 },
    { ...heads[0]!, head: initHead(7, names.length, 1) },
  ]);
  expect(other.reasons).toEqual([
    expect.stringContaining("it reads codes of 'runs/own', the edit is of those of 'coder'"),
    expect.stringContaining("it reads codes at 'blocks.1.hook_resid_post'"),
    expect.stringContaining("it reads 7 codes, 'coder' has 96"),
  ]);
});

it('says why a head or prompts cannot be shown, and squashes images for heads that read them so', async () => {
  const edited = await run({ prompts: ['a cat'] }, [
    headOf(1, { family: 'clip', checkpoint: 'ViT-B-16/openai' }),
    headOf(2, { layer: 'hook_embed' }),
    headOf(3, { head: initHead(7, 9, 1) }),
    headOf(4, { sae: 'runs/x' }),
    headOf(5, { resize: 'squash' }),
  ]);
  expect(edited.reasons).toHaveLength(5);
  expect(edited.reasons[0]).toContain('reads ViT-B-16/openai');
  expect(edited.reasons[1]).toContain("which an edit at 'blocks.0.hook_resid_post' does not reach");
  expect(edited.reasons[4]).toContain('reads images alone');
  expect(sectionOf(edited, 'segmentation')).toHaveLength(1);
  const plain = sectionOf(await run({}, [headOf(5, {})]), 'segmentation')[0]!;
  expect(sectionOf(edited, 'segmentation')[0]!.before.pixels).not.toBe(plain.before.pixels);
});

it('refuses what there is not, in a sentence', async () => {
  await expect(run({ where: [16] })).rejects.toThrow('unknown patch 16: an image has 16 patches');
  await expect(run({ changes: [{ latent: 96, value: 1 }] })).rejects.toThrow('unknown latent 96');
  await expect(run({ changes: [CHANGES[0]!, CHANGES[0]!] })).rejects.toThrow('changed twice');
  await expect(run({ changes: [{ latent: 1, value: 1e37 }] })).rejects.toThrow(
    'too large for float32',
  );
  await expect(run({ changes: [{ latent: 1, value: 1e39 }] })).rejects.toThrow('invalid value');
});
