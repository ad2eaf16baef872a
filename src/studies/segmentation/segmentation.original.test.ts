// Upsampling, IoU, accuracy, counts and colours against torch and the original's own functions.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { goldenMap, segmentedTree } from '../../../test/helpers/class-maps.ts';
import { SemsegCountConfig } from './config.ts';
import { countPixels, measurePixels, newConfusion } from './confusion.ts';
import { countPatches } from './counting.ts';
import { classColours } from './palette.ts';
import { pixelClasses } from './upsampling.ts';

interface Golden {
  readonly patches: { geometry: string; map: number; width: number; height: number }[];
  readonly counts: { threshold: number; printed: string; counts: number[] };
  readonly upsampling: { logits: number[]; predictions: number[] };
  readonly iou: { true: number[]; pred: number[]; ious: (number | null)[][]; accuracy: number[] };
  readonly palette: number[][];
}
const golden: Golden = JSON.parse(readFileSync('fixtures/studies/segmentation.json', 'utf8'));

test('scores between patches are those of torch.nn.functional.interpolate', () => {
  const { logits, predictions } = golden.upsampling;
  const data = Float32Array.from(logits);
  const pixels = [0, 1].flatMap((image) => [
    ...pixelClasses({ data, at: image * 16 * 5, stride: 5, nClasses: 5, grid: 4 }, 28),
  ]);
  expect(pixels).toEqual(predictions);
});

test('IoU and accuracy are those of the original, but for classes that are not there', () => {
  const truth = Uint8Array.from(golden.iou.true);
  for (const [head, wanted] of golden.iou.ious.entries()) {
    const pred = Uint8Array.from(
      golden.iou.pred.slice(head * truth.length, (head + 1) * truth.length),
    );
    const confusion = newConfusion(6);
    // In pieces, as images come.
    for (let i = 0; i < truth.length; i += 64)
      countPixels(confusion, truth.subarray(i, i + 64), pred.subarray(i, i + 64));
    const { iou, accuracy, meanIou, nPresent } = measurePixels(confusion, { labelledOnly: false });
    expect(accuracy).toBeCloseTo(golden.iou.accuracy[head]!, 6);
    for (const [i, value] of wanted.entries()) {
      if (value === null) expect(iou[i + 1]).toBeNaN();
      else expect(iou[i + 1]).toBeCloseTo(value, 6);
    }
    const present = wanted.filter((value) => value !== null);
    expect(nPresent).toBe(present.length);
    expect(meanIou).toBeCloseTo(present.reduce((a, b) => a + b) / present.length, 6);
  }
});

test('clear patches are counted as count_patches counts them', async () => {
  const maps = golden.patches
    .filter(({ geometry }) => geometry === 'shortest')
    .map(({ map, width, height }) => goldenMap(map, width, height));
  const root = await segmentedTree(maps);
  const { threshold, counts, printed } = golden.counts;
  const counted = await countPatches(SemsegCountConfig.parse({ ade20k: { root }, threshold }));
  expect([...counted.counts]).toEqual(counts);
  // The original's mean is over 151 classes, whatever the table says.
  const mean = (counted.mean * 7) / 151;
  expect(`Mean: ${mean.toFixed(1)}, max: ${counted.max}, min: 0`).toBe(printed);
});

test('classes have the colours of the original', () => {
  expect(classColours(217)).toEqual([[0, 0, 0], ...golden.palette]);
  expect(classColours(218)[217]).toEqual(golden.palette[0]);
});
