import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeTree } from '../../../test/helpers/folders.ts';
import { parseFlags } from './flags.ts';
import { loadConfig } from './load.ts';
import { flagOf, kebabCase } from './names.ts';
import { shapeOf } from './shape.ts';

const Job = z.strictObject({
  nPatches: z.int().min(1).default(100),
  lr: z.number().min(0).default(4e-4),
  track: z.boolean().default(true),
  tag: z.string().default(''),
  layers: z.array(z.int()).default([-2]),
  range: z.tuple([z.number(), z.number()]).default([0, 1]),
  device: z.enum(['cpu', 'some-gpu']).default('cpu'),
  data: z
    .strictObject({
      shardRoot: z.string().default('./shards'),
      layer: z.union([z.int(), z.enum(['all', 'meanpool'])]).default(-2),
      scaleMean: z.union([z.boolean(), z.string().min(1)]).default(true),
    })
    .prefault({}),
  images: z
    .discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('imagenet').default('imagenet'),
        name: z.string().default('n'),
      }),
      z.strictObject({ type: z.literal('image-folder'), root: z.string().default('r') }),
    ])
    .prefault({}),
  runRoot: z.string().default('./runs').meta({ alias: 'data.ckptPath' }),
});
const table = shapeOf(Job);

function read(line: string): z.output<typeof Job> {
  const args = line.split(' ').filter((word) => word !== '');
  return loadConfig(Job, { flags: parseFlags(args, table) });
}

describe('parseFlags', () => {
  it.each(['--n-patches 7', '--n_patches 7', '--nPatches 7', '--n-patches=7'])(
    'takes %s',
    (line) => {
      expect(read(line).nPatches).toBe(7);
    },
  );

  it.each([
    ['1_000', 1000],
    ['1e3', 1000],
    ['+12', 12],
    ['16384', 16384],
  ])('reads %s as a number', (text, value) => {
    expect(read(`--n-patches ${text}`).nPatches).toBe(value);
  });

  it.each([
    ['--track', true],
    ['--no-track', false],
    ['--track False', false],
    ['--track=yes', true],
    ['--track 0', false],
    ['--track --lr 1', true],
  ])('reads the switch %s', (line, value) => {
    expect(read(line).track).toBe(value);
  });

  it.each([
    ['--data.scale-mean False', false],
    ['--data.no-scale-mean', false],
    ['--no-data.scale-mean', false],
    ['--data.scale-mean', true],
    ['--data.scale-mean --lr 1', true],
    ['--data.scale-mean means.npy', 'means.npy'],
    ['--data.scale-mean images:image-folder', true],
  ])('reads %s, which may be a switch or a text', (line, value) => {
    expect(read(line).data.scaleMean).toBe(value);
  });

  it.each([
    ['--layers -2 -1', [-2, -1]],
    ['--layers=-2,-1', [-2, -1]],
    ['--layers -2 --layers -1', [-2, -1]],
    ['--layers 3 --lr 1', [3]],
    ['--layers', []],
  ])('reads the list %s', (line, value) => {
    expect(read(line).layers).toEqual(value);
  });

  it('takes as many values for a tuple as it has', () => {
    expect(read('--range -6.0 -2.0').range).toEqual([-6, -2]);
    expect(() => read('--range 1 2 3')).toThrow("unknown argument: '3'");
  });

  it.each([
    ['--data.layer -1', -1],
    ['--data.layer ALL', 'all'],
  ])('reads %s as the kind of value that fits', (line, value) => {
    expect(read(line).data.layer).toBe(value);
  });

  it.each([
    'images:image-folder --images.root x',
    'images:image-folder-dataset --images.root x',
    'images:ImageFolderDataset --images.root x',
    '--images.root x --images.type image-folder',
    '--images.root x --images.type image_folder',
  ])('chooses the variant in %s', (line) => {
    expect(read(line).images).toEqual({ type: 'image-folder', root: 'x' });
  });

  it('takes an alias', () => {
    expect(read('--data.ckpt-path here').runRoot).toBe('here');
  });

  it('lets the last of two equal flags win', () => {
    expect(read('--lr 1 --lr 2').lr).toBe(2);
  });

  it('takes values that look like short flags or hold equals signs', () => {
    expect(read('--tag -x').tag).toBe('-x');
    expect(read('--tag=a=b').tag).toBe('a=b');
  });

  it.each([
    ['--n-patchs 3', "unknown flag: '--n-patchs'", "did you mean '--n-patches'?"],
    ['--images:folder', "unknown flag: '--images:folder'", undefined],
    ['images:folder', "unknown kind of images: 'folder'", 'known: imagenet, image-folder'],
    ['stray', "unknown argument: 'stray'", undefined],
    ['--lr', 'missing value: --lr needs one', 'write --lr NUMBER'],
    ['--lr --track', 'missing value: --lr needs one', undefined],
    ['--no-lr', "unknown flag: '--no-lr'", undefined],
    ['--no-track=1', "invalid --no-track: it takes no value, and was given '1'", undefined],
    ['--track=maybe', "invalid track: 'maybe' (--track); expected true or false", undefined],
    ['--lr fast', "invalid lr: 'fast' (--lr); expected a number, at least 0", undefined],
    ['--lr -1', 'invalid lr: -1 (--lr); expected a number, at least 0', undefined],
    [
      '--n-patches 1.5',
      'invalid nPatches: 1.5 (--n-patches); expected a whole number, at least 1',
      undefined,
    ],
    ['--range 1', 'invalid range: [1] (--range); expected 2 values, each a number', undefined],
    ['--layers 1 x', "invalid layers: 'x' (--layers)", undefined],
    ['--device tpu', "invalid device: 'tpu' (--device); expected one of cpu, some-gpu", undefined],
    ['--__proto__.x 1', "unknown flag: '--__proto__.x'", undefined],
    ['--constructor 1', "unknown flag: '--constructor'", undefined],
  ])('refuses %s', (line, message, hint) => {
    let error: unknown;
    try {
      read(line);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ name: 'UserError', message: expect.stringContaining(message) });
    if (hint !== undefined) expect(error).toMatchObject({ hint });
  });

  it('reads back every value that its flag writes', () => {
    fc.assert(
      fc.property(
        fc.record({
          nPatches: fc.integer({ min: 1, max: 2 ** 40 }),
          lr: fc.double({ min: 0, max: 1e9, noNaN: true }),
          track: fc.boolean(),
          tag: fc.stringMatching(/^[^-,\s][^\s]*$/),
        }),
        (job) => {
          const args = Object.entries(job).flatMap(([key, value]) => [
            flagOf([key]),
            String(value),
          ]);
          expect(loadConfig(Job, { flags: parseFlags(args, table) })).toMatchObject(job);
        },
      ),
    );
  });
});

describe('lists of texts', () => {
  const words = shapeOf(z.strictObject({ words: z.array(z.string()) }));
  it.each([
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [['a,b , c'], ['a,b , c']],
    [
      [' run', ' runs'],
      [' run', ' runs'],
    ],
    [[','], [',']],
    [['a,'], ['a,']],
    [['),'], ['),']],
    [['],['], ['],[']],
    [[' '], [' ']],
    [[''], ['']],
  ])('reads %j', (given, read) => {
    const [setting] = parseFlags(['--words', ...given], words);
    expect(setting!.value).toEqual(read);
  });
});

describe('lists of places', () => {
  const table = shapeOf(
    z.strictObject({
      places: z.array(z.string()),
      layers: z.array(z.union([z.int(), z.string()])),
    }),
  );
  const placesOf = (...args: string[]): unknown => parseFlags(args, table)[0]!.value;

  it('are not divided where a name has a comma, and are where all parts are there', async () => {
    const root = await makeTree({ 'lr=2e-3,l1=0.1/x': '', 'a/x': '', 'b/x': '' });
    const [odd, a, b] = ['lr=2e-3,l1=0.1', 'a', 'b'].map((name) => join(root, name));
    expect(placesOf('--places', odd!)).toEqual([odd]);
    expect(placesOf('--places', `${a},${b}`)).toEqual([a, b]);
    expect(placesOf('--places', `${a},hf-hub:who/what`)).toEqual([a, 'hf-hub:who/what']);
    expect(placesOf('--places', `${a},${b}c`)).toEqual([`${a},${b}c`]);
    expect(placesOf('--layers', odd!)).toEqual([odd]);
  });

  it.each([
    ['1,2', [1, 2]],
    ['-2, x', [-2, 'x']],
    ['x\\,y,3', ['x,y', 3]],
  ])('beside numbers are divided but at escaped commas: %s', (word, value) => {
    expect(placesOf('--layers', word)).toEqual(value);
  });
});

describe('words that a shell makes of runs/*', () => {
  const choice = shapeOf(
    z.strictObject({
      from: z.array(z.string()).min(1).meta({ positional: true }),
      to: z.string().meta({ positional: true }),
      ckpt: z.string().default('').meta({ several: true }),
      deep: z.boolean().default(false),
    }),
  );
  const valuesOf = (line: string) =>
    Object.fromEntries(
      parseFlags(line.split(' '), choice).map(({ path, value }) => [path.join('.'), value]),
    );

  it('are a list where one of several is chosen', () => {
    expect(valuesOf('--ckpt runs/a runs/b --deep')).toEqual({
      ckpt: ['runs/a', 'runs/b'],
      deep: true,
    });
    expect(valuesOf('--ckpt runs/a --deep')).toEqual({ ckpt: 'runs/a', deep: true });
    expect(valuesOf('--ckpt=runs/a')).toEqual({ ckpt: 'runs/a' });
  });

  it('leave a word to each field that follows', () => {
    expect(valuesOf('runs/a runs/b sae.pt')).toEqual({ from: ['runs/a', 'runs/b'], to: 'sae.pt' });
    expect(valuesOf('runs/a sae.pt --deep')).toEqual({
      from: ['runs/a'],
      to: 'sae.pt',
      deep: true,
    });
    expect(valuesOf('runs/a --deep true sae.pt')).toEqual({
      from: ['runs/a'],
      to: 'sae.pt',
      deep: true,
    });
    expect(valuesOf('runs/a')).toEqual({ from: ['runs/a'] });
  });
});

describe('names', () => {
  it.each([
    ['nPatchesPerImg', 'n-patches-per-img'],
    ['normalizeWDec', 'normalize-w-dec'],
    ['dVit', 'd-vit'],
    ['lr', 'lr'],
  ])('spells %s', (camel, kebab) => {
    expect(kebabCase(camel)).toBe(kebab);
  });
});
