// Marks in the files of graphs: what is kept, what is refused, and that nothing else is touched.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { circuitWorld } from '../../../test/helpers/circuit-prompt.ts';
import type { PageGraph } from '../../pages/circuit-page.ts';
import { withMarks } from '../../pages/circuits/mark-edits.ts';
import {
  type CircuitMarks,
  NO_MARKS,
  readMarks,
  type Supernode,
} from '../../pages/circuits/marks.ts';
import { applyMarks, markText, readGraphFile, saveMarks } from './apply-marks.ts';
import { editJson } from './edit-json.ts';

const world = circuitWorld();
const ids = world.nodes.map((node) => node.node_id);
const text = fc
  .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
  .filter((s) => s.trim() !== '');

const groupsOf = (picked: readonly string[]): fc.Arbitrary<Supernode[]> =>
  fc.array(fc.tuple(text, fc.integer({ min: 1, max: 4 })), { maxLength: 4 }).map((names) => {
    let at = 0;
    return names.flatMap(([name, count]) => {
      const own = picked.slice(at, at + count);
      at += count;
      return own.length === 0 ? [] : [{ name, ids: own }];
    });
  });
const picked = fc.shuffledSubarray(ids);
const groups = picked.chain(groupsOf);
const texts = (tail = ''): fc.Arbitrary<[string, string][]> =>
  fc
    .tuple(
      fc.shuffledSubarray(ids, { maxLength: 5 }),
      fc.array(text, { minLength: 5, maxLength: 5 }),
    )
    .map(([own, words]) => own.map((id, i): [string, string] => [id, `${words[i]}${tail}`]));
const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }).map((x) => x + 0));
/** Marks as a person can make them: a label is another than the node came with. */
const marks: fc.Arbitrary<CircuitMarks> = fc.record({
  pins: picked,
  groups,
  labels: texts(' (mine)'),
  note: fc.string(),
  notes: texts(),
  subgraphs: fc.uniqueArray(
    fc.record({ name: text, pins: picked, groups, labels: texts(), influence: share, edge: share }),
    { maxLength: 3, selector: ({ name }) => name },
  ),
});

/** A file as Python writes it: indented, with numbers that JavaScript would write in another way. */
function pythonText(graph: PageGraph): string {
  return JSON.stringify(graph, null, 2).replace(/"weight": (-?\d+)(?=\s)/g, '"weight": $1.0');
}

describe('marks in a graph', () => {
  test('come back as they were given, whatever form the file has', () => {
    const forms: PageGraph[] = [
      world,
      { ...world, qParams: null },
      { ...world, qParams: { pinnedIds: '0_89_9,5_0_9', supernodes: '[["a","0_89_9"]]' } },
      { ...world, qParams: { clerps: [['E_100_0', 'beginning']], supernodes: null } },
      { ...world, qParams: { clerps: JSON.stringify([['5_0_9', 'sixteen']]) } },
    ];
    fc.assert(
      fc.property(fc.constantFrom(...forms), marks, marks, (graph, first, second) => {
        const sorted = ({ labels, ...rest }: CircuitMarks) => ({
          ...rest,
          labels: [...labels].sort(),
        });
        const once = applyMarks(graph, first);
        expect(sorted(readMarks(once))).toEqual(sorted(first));
        const twice = applyMarks(once, second);
        expect(sorted(readMarks(twice))).toEqual(sorted(second));
        const { saev: _, qParams, nodes, ...rest } = applyMarks(twice, NO_MARKS);
        const { qParams: __, nodes: before, ...same } = graph;
        expect(rest).toEqual(same);
        expect(nodes).toEqual(before);
        // A file without any that was never marked stays without.
        expect(qParams?.pinnedIds ?? []).toHaveLength(0);
      }),
      { numRuns: 60 },
    );
  });

  test('in a text say the same as in a value, and no other byte changes', () => {
    const file = pythonText({ ...world, other: { big: 1 } } as PageGraph).replace(
      '"big": 1',
      '"big":   12345678901234567890, "float": 1.50e+2, "b": "\\u00e4\\/"',
    );
    fc.assert(
      fc.property(marks, marks, (first, second) => {
        const once = markText(file, first);
        expect(JSON.parse(once)).toEqual(withMarks(JSON.parse(file) as PageGraph, first));
        const twice = markText(once, second);
        expect(JSON.parse(twice)).toEqual(withMarks(JSON.parse(once) as PageGraph, second));
        for (const piece of [
          '"big":   12345678901234567890, "float": 1.50e+2, "b": "\\u00e4\\/"',
          file.slice(file.indexOf('"links"'), file.indexOf('"dashboards"')),
        ])
          expect(twice).toContain(piece);
        expect(markText(once, readMarks(JSON.parse(once) as PageGraph))).toBe(once);
      }),
      { numRuns: 40 },
    );
    expect(markText(file, readMarks(world))).toBe(file);
  });

  test('taken back leave the file as it was', () => {
    const file = pythonText(world);
    const some = { ...NO_MARKS, note: 'x', labels: [['0_89_9', 'rifle']] as const };
    expect(markText(markText(file, some), NO_MARKS)).toBe(
      file.replace('"clickedId": null', '"clickedId": null'),
    );
  });

  test('labels are read by the keys of all three programs', () => {
    const [first] = world.nodes.filter(({ feature_type: type }) => /transcoder/.test(type));
    const nodes = world.nodes.map((node) => (node === first ? { ...node, feature: 4095 } : node));
    const { layer, ctx_idx: position, node_id: id } = first!;
    for (const key of [id, `${layer}_4095_${position}`, '4095']) {
      for (const form of [[[key, 'guns']], JSON.stringify([[key, 'guns']])]) {
        const graph: PageGraph = { ...world, nodes, qParams: { clerps: form } };
        expect(readMarks(graph).labels).toEqual([[id, 'guns']]);
        const other = applyMarks(graph, { ...readMarks(graph), labels: [[id, 'rifles']] });
        expect(readMarks(other).labels).toEqual([[id, 'rifles']]);
        expect(other.nodes.find(({ node_id }) => node_id === id)!.clerp).toBe('rifles');
      }
    }
  });

  test('hostile files are read without harm: what is unknown is left out', () => {
    const graph: PageGraph = {
      ...world,
      qParams: {
        pinnedIds: ['gone', '__proto__', '5_0_9'],
        supernodes: [['a', '5_0_9', 'gone'], ['b', '5_0_9'], ['__proto__', 'E_100_0'], []],
        clerps: 'no json',
      },
      saev: { notes: [['constructor', 'x']], note: '<script>' },
    };
    expect(readMarks(graph)).toEqual({
      ...NO_MARKS,
      pins: ['5_0_9'],
      groups: [
        { name: 'a', ids: ['5_0_9'] },
        { name: '__proto__', ids: ['E_100_0'] },
      ],
      note: '<script>',
    });
  });

  test.each<[string, object, RegExp]>([
    ['an id that there is not', { pins: ['gone'] }, /no node 'gone'/],
    [
      'a supernode of nothing',
      { groups: [{ name: 'a', ids: [] }] },
      /groups\.0\.ids: a supernode has no nodes/,
    ],
    [
      'a node in two supernodes',
      {
        groups: [
          { name: 'a', ids: ['5_0_9'] },
          { name: 'b', ids: ['5_0_9'] },
        ],
      },
      /'5_0_9' is in a supernode twice/,
    ],
    ['a name of white space', { groups: [{ name: ' ', ids: ['5_0_9'] }] }, /a name is empty/],
    ['a note on nothing', { notes: [['gone', 'x']] }, /no node 'gone'/],
    ['a key of another kind', { colour: 'red' }, /colour/],
    [
      'two subgraphs of one name',
      {
        subgraphs: ['a', 'a'].map((name) => ({
          name,
          pins: [],
          groups: [],
          labels: [],
          influence: null,
          edge: null,
        })),
      },
      /two subgraphs are called 'a'/,
    ],
  ])('%s is refused in a sentence', (_, part, message) => {
    const wrong = { ...NO_MARKS, ...part } as CircuitMarks;
    expect(() => applyMarks(world, wrong)).toThrow(message);
    expect(() => applyMarks(world, wrong)).toThrow(expect.objectContaining({ name: 'UserError' }));
  });
});

describe('editing JSON', () => {
  const key = fc.constantFrom('a', 'b', '"', '__proto__');
  const tree = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), fc.constant(null)),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  })).tree;

  test('is the same as changing the value, in any layout', () => {
    fc.assert(
      fc.property(
        fc.dictionary(key, tree),
        fc.constantFrom(undefined, 1, 2, '\t'),
        key,
        fc.option(tree, { nil: undefined }),
        (value, space, name, next) => {
          const before = JSON.stringify(value, null, space);
          const expected = Object.fromEntries(
            [
              ...Object.entries(value).map(([k, v]) => [k, k === name ? next : v]),
              ...(Object.hasOwn(value, name) ? [] : [[name, next]]),
            ].filter(([, v]) => v !== undefined),
          );
          const edited = editJson(before, [{ path: [name], value: next }]);
          expect(JSON.parse(edited)).toEqual(JSON.parse(JSON.stringify(expected)));
        },
      ),
    );
  });

  test('changes the member that counts where a name stands twice, and refuses what is no JSON', () => {
    expect(editJson('{"a":1,"a":2}', [{ path: ['a'], value: 3 }])).toBe('{"a":1,"a":3}');
    expect(() => editJson('{"a":', [])).toThrow(SyntaxError);
  });
});

describe('saving marks', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saev-marks-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('one of two who saved at once is told what the other wrote', async () => {
    const path = join(folder, 'graph.json');
    await writeFile(path, JSON.stringify(world));
    const { version } = await readGraphFile(path);
    const mine = { ...NO_MARKS, note: 'mine' };
    const [first, second] = await Promise.all([
      saveMarks(path, mine, { version }),
      saveMarks(path, { ...NO_MARKS, note: 'theirs' }, { version }),
    ]);
    expect(first).toEqual({ version: expect.any(String) });
    const changed = (second as { changed: { graph: PageGraph; version: string } }).changed;
    expect(readMarks(changed.graph)).toEqual(mine);
    expect((await saveMarks(path, NO_MARKS, changed)) as object).toHaveProperty('version');
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(world);
  });

  test('what is refused leaves the file', async () => {
    const path = join(folder, 'kept.json');
    await writeFile(path, JSON.stringify(world));
    const { version } = await readGraphFile(path);
    const wrong = { ...NO_MARKS, pins: ['gone'] };
    await expect(saveMarks(path, wrong, { version })).rejects.toThrow(/no node 'gone'/);
    expect(await readFile(path, 'utf8')).toBe(JSON.stringify(world));
    await writeFile(path, 'no graph');
    await expect(readGraphFile(path)).rejects.toThrow(/it is no JSON/);
  });
});
