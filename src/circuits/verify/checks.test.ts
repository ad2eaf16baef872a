// The published checks on a model and transcoders that are here: what the original gives on them stands in for what
// its authors published of GPT-2 small.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  CIRCUIT_FIXTURES,
  type CircuitGolden,
  type CircuitWorkshop,
  circuitGolden,
  circuitWorkshop,
} from '../../../test/helpers/circuits.ts';
import { saev } from '../../../test/helpers/saev.ts';
import { deembed } from '../../analysis/deembeddings.ts';
import { pullback } from '../../analysis/pullbacks.ts';
import { readCoder } from '../../sae/checkpoints/read-coder.ts';
import { topPaths } from '../paths/paths.ts';
import { denseCodes, openCircuitPrompt } from '../paths/prompt.ts';
import { coderFeature } from '../paths/starts.ts';
import { repeatPublished } from './checks.ts';
import type { Comparison } from './comparison.ts';
import { setWithout } from './greater-than.ts';
import { type Published, readPublished } from './values.ts';

const BOS = '<|endoftext|>';
let folder: string;
let golden: CircuitGolden;
let lab: CircuitWorkshop;
let published: Published;

/** One printable character for each token of the fixture's model. */
const character = (id: number): string => String.fromCharCode(33 + id);

beforeAll(async () => {
  golden = await circuitGolden();
  lab = await circuitWorkshop();
  folder = await mkdtemp(join(tmpdir(), 'saev-published-'));
  await cp(join(CIRCUIT_FIXTURES, 'model'), folder, { recursive: true });
  const bos = golden.cases.raw!.prompt[0]!;
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizerWith(bos, 61)));
  await writeFile(
    join(folder, 'tokenizer_config.json'),
    JSON.stringify({ tokenizer_class: 'GPT2Tokenizer', bos_token: BOS, eos_token: BOS }),
  );
  published = await valuesOfOriginal();
});
afterAll(async () => {
  await lab.close();
  await rm(folder, { recursive: true });
});

function tokenizerWith(bos: number, size: number): unknown {
  const ids = Array.from({ length: size }, (_, id) => id);
  const vocab = Object.fromEntries(ids.map((id) => [id === bos ? BOS : character(id), id]));
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return {
    version: '1.0',
    added_tokens: [{ id: bos, content: BOS, ...special, special: true }],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model: { type: 'BPE', vocab, merges: [] },
  };
}

async function valuesOfOriginal(): Promise<Published> {
  const { prompt, paths, errors } = golden.cases.raw!;
  const [bos, ...rest] = prompt;
  const text = rest.map(character).join('');
  const [, root] = /tc\[(\d+)\]/.exec(golden.cases.raw!.printed)!;
  const { data, shape } = await lab.backbone.logits([rest]);
  const row = (p: number): number[] => [...data.subarray(p * shape[2]!, (p + 1) * shape[2]!)];
  const { weights, config } = await lab.transcoders.at(0);
  const reads = await deembed(lab.backbone.matrices, weights.wEnc.slice(0, config.dIn));
  const token = (id: number): [string, number] => [character(id), reads[id]!];
  const [first] = golden.cases.raw!.paths[0]![0]!.text.split(' <- ');
  const { backbone, transcoders } = lab;
  const opened = await openCircuitPrompt(prompt, { backbone, transcoders });
  const start = coderFeature(await transcoders.at(3), Number(root));
  const found = await topPaths(opened, start, { iterations: 2, branches: 10, raw: true });
  const ofPath = await deembed(backbone.matrices, found[1]![2]!.at(-1)!.vector!);
  const earlier = await readCoder(join(CIRCUIT_FIXTURES, 'layer1.pt'));
  const read = await pullback(earlier, found[0]![0]![0]!.vector!);
  const without = await openCircuitPrompt(rest, { backbone, transcoders });
  const codes = denseCodes(await without.codes(1), rest.length - 1);
  const firing = codes.findIndex((code) => code > 0);
  const silent = codes.indexOf(0);
  expect(bos).toBe(34);
  return {
    source: 'the original on fixtures/circuits',
    model: folder,
    transcoders: join(CIRCUIT_FIXTURES, 'layer{layer}.pt'),
    logits: {
      prompt: text,
      first: rest.map((_, p) => row(p).slice(0, 3)),
      last: rest.map((_, p) => row(p).slice(-3)),
    },
    topFeatures: [],
    featureValues: [
      {
        layer: 3,
        feature: Number(root),
        prompt: text,
        bos: true,
        position: -1,
        value: golden.cases.raw!.errors.nodes[first!.split(':')[0]!]!.contrib!,
      },
    ],
    deembeddings: [{ layer: 0, feature: 0, top: [token(3), token(7)], bottom: [token(9)] }],
    pullbacks: [],
    circuits: [
      {
        prompt: text,
        root: { layer: 3, feature: Number(root) },
        iterations: 3,
        branches: 10,
        paths: paths.flatMap((level) => level.map((path) => path.text)),
        edges: golden.cases.raw!.graph.edges.map((edge) => [...edge]),
        deembeddedPath: {
          level: 1,
          index: 2,
          top: [[character(3), ofPath[3]!]],
          bottom: [[character(9), ofPath[9]!]],
        },
        pullbacks: [
          { by: 1, top: [[5, read[5]!]], bottom: [[6, read[6]!]] },
          {
            by: 1,
            withoutBos: true,
            top: [[firing, read[firing]! * codes[firing]!]],
            bottom: [[silent, 0]],
          },
        ],
        nodes: Object.values(errors.nodes).flatMap(({ name, contrib }): [string, number][] =>
          contrib === null ? [] : [[name, contrib]],
        ),
      },
    ],
  };
}

async function repeated(values: Published): Promise<Comparison[]> {
  const made: Comparison[] = [];
  for await (const comparison of repeatPublished(values, { threads: 1 })) made.push(comparison);
  return made;
}

it('agrees with what the original gives', async () => {
  const made = await repeated(published);
  expect(made.map(({ what }) => what.replace(/".*"/, '…'))).toEqual([
    'logits of …',
    expect.stringMatching(/^3\/\d+ on …$/),
    'de-embedding of 0/0',
    'circuit on …: paths',
    'circuit on …: tokens that path [1][2] reads',
    'circuit on …: features of layer 1',
    'circuit on …: features of layer 1, times their codes without BOS',
    'circuit on …: edges',
    'circuit on …: nodes and error nodes',
  ]);
  for (const comparison of made) expect(comparison).toMatchObject({ agrees: true });
});

it('says where a number differs', async () => {
  const [circuit] = published.circuits;
  const [edge, ...edges] = circuit!.edges;
  const made = await repeated({
    ...published,
    featureValues: published.featureValues.map((each) => ({ ...each, value: each.value + 0.1 })),
    circuits: [
      { ...circuit!, paths: ['elsewhere', ...circuit!.paths.slice(0, 3)], edges },
      { ...circuit!, edges: [[edge![0], edge![1], edge![2] + 1], ...edges] },
    ],
  });
  const differing = made.filter(({ agrees }) => !agrees).map(({ what, note }) => [what, note]);
  expect(differing).toEqual([
    [expect.stringMatching(/^3\//), expect.stringContaining('code: published')],
    [expect.stringContaining('paths'), 'not found here: elsewhere'],
    [expect.stringContaining('edges'), expect.stringContaining(`${edge![1]} <- ${edge![0]}`)],
  ]);
});

it('holds the published numbers', async () => {
  const { circuits, featureValues, greaterThan } = await readPublished();
  expect(circuits.map(({ paths }) => paths.length)).toEqual([45, 45, 45, 30]);
  expect(circuits[0]!.nodes).toHaveLength(53);
  expect(circuits[0]!.pullbacks).toHaveLength(2);
  expect(circuits[0]!.deembeddedPath?.top).toHaveLength(7);
  expect(featureValues).toHaveLength(15);
  expect(greaterThan?.original).toBeCloseTo(0.8829426);
  expect(greaterThan?.without).toEqual({ feature: 5315, value: 0.8453089584841003 });
});

it('silences one feature of a transcoder, and no other', async () => {
  const set = lab.transcoders.only([1]);
  const transcoder = await set.at(1);
  const { dIn, dOut } = transcoder.config;
  const acts = Float32Array.from({ length: dIn }, (_, i) => Math.sin(i * i));
  const codes = await transcoder.encode(acts);
  const feature = codes.index[0]!;
  const [whole, without] = [
    await transcoder.reconstruct(acts),
    await (await setWithout(set, feature).at(1)).reconstruct(acts),
  ];
  const row = transcoder.weights.wDec.subarray(feature * dOut, (feature + 1) * dOut);
  expect(whole.map((x, i) => x - without[i]!)).toBeNear(
    row.map((x) => x * codes.value[0]!),
    1e-6,
  );
});

it('says clearly when the hub cannot be reached', async () => {
  const offline = await saev(['verify'], { env: { HF_HUB_OFFLINE: '1', HF_HUB_CACHE: folder } });
  expect(offline.code).toBe(2);
  expect(offline.stderr).toMatch(/openai-community\/gpt2/);
  const endpoint = 'http://127.0.0.1:9';
  const away = await saev(['verify'], { env: { HF_ENDPOINT: endpoint, HF_HUB_CACHE: folder } });
  expect(away.code).toBe(2);
  expect(away.stderr).toContain(endpoint);
});
