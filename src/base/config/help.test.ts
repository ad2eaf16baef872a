import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { markdownTables } from '../../../scripts/docs/markdown.ts';
import { helpText } from './help.ts';
import { jsonSchema } from './json-schema.ts';
import { fieldsOf, shapeOf } from './shape.ts';

const size = z.int().min(1).max(9).default(3).describe('How large.');
const Job = z
  .strictObject({
    path: z.string().describe('What to read.').meta({ positional: true }),
    track: z.boolean().default(true).describe('Keep watch.'),
    fast: z.boolean().default(false).describe('Hurry.').meta({ group: 'Speed' }),
    threads: z.int().optional().describe('How many.').meta({ group: 'Speed', env: 'JOB_THREADS' }),
    range: z.tuple([z.number(), z.number()]).default([0, 1]).describe('From, to.'),
    names: z.array(z.string()).default([]).describe('A | list.'),
    sae: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('a').default('a'), size }).describe('The first.'),
        z
          .strictObject({
            kind: z.literal('b'),
            size,
            k: z.number().gt(0).default(1).describe('Own.'),
          })
          .describe('The second.'),
      ])
      .prefault({})
      .describe('The coder.'),
  })
  .describe('Do it.');
const table = shapeOf(Job);

describe('shapeOf', () => {
  it('joins a field that all kinds share and tells which kind has its own', () => {
    const fields = fieldsOf(table).map(({ path, variants }) => [path.join('.'), variants]);
    expect(fields).toEqual([
      ['path', []],
      ['track', []],
      ['fast', []],
      ['threads', []],
      ['range', []],
      ['names', []],
      ['sae.kind', []],
      ['sae.size', []],
      ['sae.k', ['b']],
    ]);
  });

  it('reads limits, defaults and lists', () => {
    const field = (name: string): unknown =>
      fieldsOf(table).find(({ path }) => path.join('.') === name);
    expect(field('sae.size')).toMatchObject({ bounds: { minimum: 1, maximum: 9 }, default: 3 });
    expect(field('sae.k')).toMatchObject({ bounds: { above: 0 } });
    expect(field('range')).toMatchObject({ list: { min: 2, max: 2 }, default: [0, 1] });
    expect(field('threads')).toMatchObject({ env: 'JOB_THREADS', default: undefined });
  });

  it('refuses a union of tables that nothing tells apart', () => {
    const bad = z.strictObject({
      u: z.discriminatedUnion('k', [
        z.strictObject({ k: z.enum(['x']) }),
        z.strictObject({ k: z.enum(['y']) }),
      ]),
    });
    const loose = { ...jsonSchema(bad) };
    expect(loose.properties?.u?.oneOf).toHaveLength(2);
    expect(() => shapeOf(bad)).toThrow('needs a literal key');
  });
});

describe('helpText', () => {
  it('shows every flag under its heading, with kinds apart', () => {
    expect(helpText(table, { usage: 'job PATH [flags]', columns: 80, notes: ['The end.'] })).toBe(`\
Usage: job PATH [flags]

Do it.

Job
  PATH                            What to read.
  --[no-]track                    Keep watch. [default true]
  --range NUMBER NUMBER           From, to. [default 0 1]
  --names TEXT …                  A | list.

sae: The coder.
  --sae.kind a|b                  Which kind; what each adds stands below.
                                  [default a]
  --sae.size INTEGER              How large. [default 3]
  with sae.kind a: The first.
  with sae.kind b: The second.
  --sae.k NUMBER                  Own. [default 1]

Speed
  --fast                          Hurry.
  --threads INTEGER               How many. [environment JOB_THREADS]

The end.
`);
  });

  it.each([40, 60, 100, 400])('keeps to %i columns, within reason', (columns) => {
    const limit = Math.min(Math.max(columns, 60), 120);
    for (const line of helpText(table, { usage: 'job', columns }).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(limit);
    }
  });
});

describe('markdownTables', () => {
  it('writes a table for each heading, and escapes what would end a cell', () => {
    const text = markdownTables(table, 'The job');
    expect(text).toContain('### The job\n\n| setting | flag | takes | default | meaning |\n');
    expect(text).toContain('| `names` | `--names` | a list, each a text |  | A \\| list. |');
    expect(text).toContain('With `sae.kind = "b"`: The second.');
    expect(text).toContain('| `sae.k` | `--sae.k` | a number, above 0 | `1` | Own. |');
  });
});
