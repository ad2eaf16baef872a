// Labels of patches against torchvision's resizing and torch.mode, as the original's segmentation applies them.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { goldenMap } from '../../../test/helpers/class-maps.ts';
import { labelPatches } from '../../activations/labels/label-patches.ts';
import { squashed } from '../../activations/labels/patch-geometry.ts';
import { seenClassMap } from '../../activations/labels/seen-class-map.ts';
import { dinov2Transform } from '../../backbones/vision/families/dinov2.ts';
import { worldTransform } from '../../backbones/vision/families/world.ts';

interface Case {
  readonly geometry: 'squashed' | 'shortest' | 'small';
  readonly map: number;
  readonly width: number;
  readonly height: number;
  readonly labels: number[];
  readonly hits: number[];
}
const cases: Case[] = JSON.parse(
  readFileSync('fixtures/studies/segmentation.json', 'utf8'),
).patches;

const dinov2 = { grid: 16, transform: dinov2Transform() };
const GEOMETRIES = {
  shortest: dinov2,
  squashed: squashed(dinov2),
  small: { grid: 8, transform: worldTransform() },
};

test.each(cases)('$geometry, $width × $height', (one) => {
  const { grid, transform } = GEOMETRIES[one.geometry];
  const map = seenClassMap(goldenMap(one.map, one.width, one.height), transform);
  const numbers = new Int32Array(grid ** 2);
  const share = new Float32Array(grid ** 2);
  labelPatches(map, grid, { numbers, share });
  expect([...numbers]).toEqual(one.labels);
  const pixels = (map.width / grid) ** 2;
  expect([...share].map((part) => Math.round(part * pixels))).toEqual(one.hits);
});
