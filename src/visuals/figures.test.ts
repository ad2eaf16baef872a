import { resetSVGDefIds } from 'vega';
import { expect, test } from 'vitest';
import { Random } from '../base/random.ts';
import { distributionsFigure, frequencyValueFigure } from './figures.ts';

const random = new Random(5);

test('activation distributions: one panel a latent, a dead latent has an empty one', async () => {
  const nRows = 300;
  const values = Float32Array.from({ length: 4 * nRows }, (_, i) =>
    Math.floor(i / nRows) !== 2 && random.float() < 0.3 ? Math.exp(random.normal()) : 0,
  );
  const svg = await distributionsFigure({ values, nLatents: 4, nRows });
  for (const latent of [0, 1, 2, 3]) expect(svg).toContain(`latent ${latent}<`);
  await expect(svg).toMatchFileSnapshot('__snapshots__/distributions.svg');
});

test('activation distributions of latents that never fire are still a figure', async () => {
  const svg = await distributionsFigure({ values: new Float32Array(6), nLatents: 2, nRows: 3 });
  expect(svg).toContain('latent 1<');
  expect(svg).not.toContain('NaN');
});

test('activation distributions of a single value are still a figure', async () => {
  const svg = await distributionsFigure({ values: Float32Array.of(2), nLatents: 1, nRows: 1 });
  expect(svg).not.toContain('NaN');
});

test('frequency against value: selected latents stand out, dead ones are left out', async () => {
  const sparsity = Float32Array.from({ length: 60 }, (_, i) =>
    i % 10 === 0 ? 0 : 10 ** (random.normal() - 3),
  );
  const means = sparsity.map((f) => (f === 0 ? Number.NaN : 10 ** (0.3 * random.normal())));
  resetSVGDefIds(); // vega counts the clips of all figures of a process.
  const svg = await frequencyValueFigure(sparsity, means, [1, 2, 3]);
  expect(svg.match(/fill="#005f73"/g)).toHaveLength(4); // three latents and the legend
  expect(svg.match(/fill="#b9c4c0"/g)).toHaveLength(52);
  await expect(svg).toMatchFileSnapshot('__snapshots__/frequency-value.svg');
});

test('frequency against value of very many latents is a density', async () => {
  const sparsity = Float32Array.from({ length: 9_000 }, () => 10 ** (random.normal() - 3));
  const means = Float32Array.from({ length: 9_000 }, () => 10 ** (0.3 * random.normal()));
  const svg = await frequencyValueFigure(sparsity, means, [1, 2, 3]);
  expect(svg.match(/aria-roledescription="circle"/g)).toHaveLength(3);
  expect(svg).not.toContain('NaN');
});
