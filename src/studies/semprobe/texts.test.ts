import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLanguageModel } from '../../backbones/language/open.ts';
import { Random } from '../../base/random.ts';
import { BEINGS, PLACES } from '../../data/worlds/language/lexicon.ts';
import { writeCheckpoint } from '../../sae/checkpoints/registry.ts';
import { SemprobeTextsConfig, type SemprobeTextsConfigInput } from './config.ts';
import { areaUnderRoc, bestRule, measureRule, type TwoGroups } from './separation.ts';
import { tellTexts } from './tell-texts.ts';
import { textLines } from './text-lines.ts';

const value = fc.constantFrom(0, 0.5, 1, 1.5, 2, 3);
const groups = fc
  .record({ a: fc.array(value, { minLength: 1 }), b: fc.array(value, { minLength: 1 }) })
  .map(({ a, b }) => ({
    a,
    b,
    groups: {
      positive: a.filter((x) => x > 0),
      nPositive: a.length,
      negative: b.filter((x) => x > 0),
      nNegative: b.length,
    } satisfies TwoGroups,
  }));

describe('separation', () => {
  it('has the area under the curve of its definition', () => {
    fc.assert(
      fc.property(groups, ({ a, b, groups: g }) => {
        const wins = a.flatMap((x) => b.map((y) => (x > y ? 1 : x === y ? 0.5 : 0)));
        const mean = wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
        expect(areaUnderRoc(g)).toBeCloseTo(mean, 12);
      }),
    );
  });

  it('finds the best threshold of all', () => {
    fc.assert(
      fc.property(groups, ({ a, groups: g }) => {
        const f1s = [0, 0.25, 0.75, 1.25, 1.75, 2.5, 9].map((t) => measureRule(g, t).f1);
        const best = bestRule(g);
        expect(best.f1).toBe(Math.max(...f1s));
        expect(measureRule(g, best.threshold)).toEqual({ ...best });
        expect(best.recall).toBe(a.filter((x) => x > best.threshold).length / a.length);
      }),
    );
  });
});

describe('tellTexts', () => {
  const POINT = 'blocks.0.hook_resid_pre';
  const PLURAL = 5;
  let folder: string;
  let sae: string;
  let sentences: Record<'singular' | 'plural', string[]>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saev-texts-'));
    const of = (number: 'singular' | 'plural'): string[] =>
      BEINGS.flatMap((being, i) => [
        `Today, the ${being[number]} near the ${PLACES[i % PLACES.length]!.singular}`,
        `Once, the old ${being[number]}`,
      ]);
    sentences = { singular: of('singular'), plural: of('plural') };
    await writeFile(join(folder, 'plural.txt'), `${sentences.plural.join('\n')}\n`);
    await writeFile(join(folder, 'singular.txt'), sentences.singular.join('\n'));

    // One latent reads the direction from singular to plural beings, the others at random.
    const backbone = await openLanguageModel('world-gpt2', { threads: 1 });
    const d = backbone.config.dModel;
    const direction = new Float32Array(d);
    for (const number of ['plural', 'singular'] as const) {
      for (const being of BEINGS) {
        const id = backbone.tokenizer.singleToken(` ${being[number]}`);
        const rows = await backbone.run([[id]], { record: ['hook_embed'] });
        const row = rows.get('hook_embed')!.data;
        for (let i = 0; i < d; i++) direction[i]! += number === 'plural' ? row[i]! : -row[i]!;
      }
    }
    await backbone.close();
    const random = new Random(8);
    const normal = (n: number): Float32Array =>
      Float32Array.from({ length: n }, () => random.normal() / Math.sqrt(d));
    const wEnc = normal(8 * d);
    wEnc.set(direction, PLURAL * d);
    sae = join(folder, 'sae');
    await writeCheckpoint(
      {
        config: {
          dIn: d,
          dOut: d,
          dSae: 8,
          activation: { kind: 'relu' },
          subtractDecoderBias: false,
          place: { model: 'world-gpt2', input: POINT, output: POINT, layer: 0 },
          metadata: {},
        },
        weights: {
          wEnc,
          bEnc: new Float32Array(8),
          wDec: normal(8 * d),
          bDec: new Float32Array(d),
        },
      },
      sae,
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  const configOf = (changes: SemprobeTextsConfigInput | object = {}): SemprobeTextsConfig =>
    SemprobeTextsConfig.parse({
      sae,
      with: join(folder, 'plural.txt'),
      without: join(folder, 'singular.txt'),
      dumpTo: join(folder, 'out'),
      threads: 1,
      batchTexts: 7,
      ...changes,
    });

  it('finds the latent that reads what the texts differ in, and the words that it fires on', async () => {
    const probe = await tellTexts(configOf());
    expect([probe.model, probe.point, probe.nWith]).toEqual(['world-gpt2', POINT, 38]);
    const [best] = probe.with;
    expect(best).toMatchObject({ latent: PLURAL, side: 'with' });
    expect(best!.f1).toBeGreaterThan(0.9);
    expect(best!.auc).toBeGreaterThan(0.95);
    const plurals = BEINGS.map(({ plural }) => ` ${plural}`);
    for (const { token } of best!.tokens) expect(plurals).toContain(token);
    const csv = await readFile(probe.csv, 'utf8');
    expect(csv).toContain(`\nwith,${PLURAL},`);
    expect(textLines(probe).join('\n')).toMatch(/ {5}5 > [\d.]+: F1 [01]\.\d{3}, AUC/);
    // The batches change nothing but rounding.
    const again = await tellTexts(configOf({ batchTexts: 16, pool: 'max' }));
    expect(again.with[0]!.auc).toBeCloseTo(best!.auc, 6);
  });

  it('takes a text that stands there twice once', async () => {
    const path = join(folder, 'twice.txt');
    await writeFile(path, [...sentences.plural, ...sentences.plural].join('\n'));
    const probe = await tellTexts(configOf({ with: path, topK: 1, pool: 'mean' }));
    expect(probe.nWith).toBe(38);
  });

  it('refuses texts and places that do not do', async () => {
    const empty = join(folder, 'empty.txt');
    await writeFile(empty, '\n\n');
    await expect(tellTexts(configOf({ without: empty }))).rejects.toThrow('holds no document');
    await expect(tellTexts(configOf({ without: join(folder, 'none.txt') }))).rejects.toThrow(
      'missing texts',
    );
    const few = join(folder, 'few.txt');
    await writeFile(few, 'Today, the dog\nOnce, the cat\n');
    await expect(tellTexts(configOf({ without: few }))).rejects.toThrow(
      /^too few texts: '.*few.txt' has 2 \(--without\)$/,
    );
    await expect(tellTexts(configOf({ layer: 'blocks.0.mlp.hook_post' }))).rejects.toThrow(
      "invalid hook point: 'blocks.0.mlp.hook_post' is 512 wide, the coder takes 128",
    );
  });
});
