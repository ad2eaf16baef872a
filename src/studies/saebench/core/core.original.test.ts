// Core against SAEBench's own functions (fixtures/saebench/make.py): a small GPT-2, and coders of a residual stream, of all
// heads joined, and of one head.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type LanguageWorkshop, languageWorkshop } from '../../../../test/helpers/language.ts';
import { type BenchFixture, benchFixture } from '../../../../test/helpers/saebench.ts';
import { measureCore } from './measure.ts';
import { coreDetails, coreMetrics } from './report.ts';

let workshop: LanguageWorkshop;
let fixture: BenchFixture;

beforeAll(async () => {
  workshop = await languageWorkshop();
  fixture = await benchFixture();
});
afterAll(async () => {
  await fixture.close();
  await workshop.close();
});

const Golden = z.looseObject({
  eval_config: z.looseObject({ exclude_special_tokens_from_reconstruction: z.boolean() }),
  eval_result_metrics: z.record(z.string(), z.record(z.string(), z.number())),
  eval_result_details: z.array(z.record(z.string(), z.number())),
});

it.each(['relu', 'topk', 'head'] as const)('%s', async (name) => {
  const path = join('fixtures/saebench', `core-${name}.json`);
  const golden = Golden.parse(JSON.parse(readFileSync(path, 'utf8')));
  const backbone = await workshop.open('gpt2', { processing: false });
  const [measures] = await measureCore([await fixture.coder(name)], fixture.contexts, {
    backbone,
    batchSize: 4,
    nReconstructionBatches: 3,
    nSparsityBatches: 2,
    isIgnored: (token) => token === 0,
    keepsIgnored: golden.eval_config.exclude_special_tokens_from_reconstruction,
  });
  const metrics = coreMetrics(measures!);
  // A score divides by what zeros cost, which is little in this model: it has the errors of its parts.
  expect(Object.keys(metrics)).toEqual(Object.keys(golden.eval_result_metrics));
  for (const [group, values] of Object.entries(metrics)) {
    expect(Object.keys(values)).toEqual(Object.keys(golden.eval_result_metrics[group]!));
    for (const [key, value] of Object.entries(values)) {
      const expected = golden.eval_result_metrics[group]![key]!;
      const digits = key === 'ce_loss_score' ? 1e-2 : 2e-5;
      expect(Math.abs(value - expected), key).toBeLessThan(
        digits * Math.max(1, Math.abs(expected)),
      );
    }
  }
  const details = coreDetails(measures!);
  expect(details).toHaveLength(golden.eval_result_details.length);
  details.forEach((latent, i) => {
    for (const [key, value] of Object.entries(latent)) {
      const expected = golden.eval_result_details[i]![key]!;
      expect(Number.isNaN(value) ? -1 : value, `${key} of ${i}`).toBeCloseTo(expected, 5);
    }
  });
});
