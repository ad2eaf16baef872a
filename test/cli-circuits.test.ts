// Circuits and replacement on the embedded language model with random transcoders, from the command line and in the library.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UserError } from '../src/base/errors.ts';
import { Random } from '../src/base/random.ts';
import { CircuitsConfig } from '../src/circuits/config.ts';
import { ReplacementConfig } from '../src/circuits/replacement/config.ts';
import { replace } from '../src/circuits/replacement/replace.ts';
import { trace } from '../src/circuits/trace.ts';
import { writeCheckpoint } from '../src/sae/checkpoints/registry.ts';
import { root, saev } from './helpers/saev.ts';
import { LETTERS, TINY_MODEL } from './helpers/text-activations.ts';

const [D_MODEL, D_SAE, N_LAYERS] = [128, 64, 4];
const PROMPT = 'Today the dogs near the old tower';
let folder: string;
let transcoders: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-cli-circuits-'));
  transcoders = [];
  for (let layer = 0; layer < N_LAYERS; layer++) {
    const path = join(folder, `layer${layer}`);
    await writeTranscoder(path, layer);
    transcoders.push(path);
  }
});
afterAll(() => rm(folder, { recursive: true }));

interface Places {
  readonly dModel?: number;
  readonly input?: string;
  readonly output?: string;
}

async function writeTranscoder(path: string, layer: number, places: Places = {}): Promise<void> {
  const { dModel = D_MODEL, input = 'ln2.hook_normalized', output = 'hook_mlp_out' } = places;
  const random = new Random(3, String(layer));
  const normal = (n: number, scale: number): Float32Array =>
    Float32Array.from({ length: n }, () => scale * random.normal());
  const config = {
    dIn: dModel,
    dOut: dModel,
    dSae: D_SAE,
    activation: { kind: 'relu' },
    subtractDecoderBias: false,
    place: { input: `blocks.${layer}.${input}`, output: `blocks.${layer}.${output}`, layer },
    metadata: {},
  } as const;
  const weights = {
    wEnc: normal(D_SAE * dModel, 1 / Math.sqrt(dModel)),
    bEnc: normal(D_SAE, 0.1),
    wDec: normal(D_SAE * dModel, 0.1),
    bDec: normal(dModel, 0.1),
  };
  await writeCheckpoint({ config, weights }, path);
}

/** What Neuronpedia's validator asks of a graph (circuit-tracer's frontend/graph_models.py). */
const neuronpediaGraph = z.object({
  metadata: z.object({
    slug: z.string().regex(/^[a-z0-9-]+$/),
    scan: z.string(),
    transcoder_list: z.array(z.string()),
    prompt_tokens: z.array(z.string()),
    prompt: z.string(),
    node_threshold: z.number(),
    schema_version: z.literal(1),
    info: z.object({ generator: z.object({ name: z.string(), version: z.string() }) }),
  }),
  qParams: z.object({
    pinnedIds: z.array(z.string()),
    supernodes: z.array(z.array(z.string())),
    linkType: z.string(),
    clickedId: z.string(),
    sg_pos: z.string(),
  }),
  nodes: z
    .array(
      z.object({
        node_id: z.string(),
        feature: z.number().nullable(),
        layer: z.string(),
        ctx_idx: z.int().min(0),
        feature_type: z.string(),
        token_prob: z.number(),
        is_target_logit: z.boolean(),
        run_idx: z.number(),
        reverse_ctx_idx: z.number(),
        jsNodeId: z.string(),
        clerp: z.string(),
        influence: z.number(),
        activation: z.number().nullable(),
      }),
    )
    .min(1),
  links: z.array(z.object({ source: z.string(), target: z.string(), weight: z.number() })).min(1),
});

type Graph = z.output<typeof neuronpediaGraph>;

/** Read the graph of a folder; its ids are unique, and its links go between them. */
async function graphIn(out: string): Promise<Graph> {
  const graph = neuronpediaGraph.parse(JSON.parse(await readFile(join(out, 'graph.json'), 'utf8')));
  const ids = graph.nodes.map((node) => node.node_id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { source, target } of graph.links)
    expect(ids).toEqual(expect.arrayContaining([source, target]));
  const page = await readFile(join(out, 'index.html'), 'utf8');
  expect(page).toContain('id="saev-graph"');
  expect(await readFile(join(out, 'figure.svg'), 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n?$/);
  return graph;
}

type Changes = Partial<z.input<typeof CircuitsConfig>>;

function traceTo(out: string, changes: Changes = {}): ReturnType<typeof trace> {
  const usual = { prompt: PROMPT, model: 'world-gpt2', transcoders, out, threads: 1, maxNodes: 20 };
  return trace(CircuitsConfig.parse({ ...usual, ...changes }));
}

function circuits(...args: string[]): ReturnType<typeof saev> {
  const model = ['--model', 'world-gpt2', '--transcoders', ...transcoders];
  return saev(['circuits', ...args, ...model, '--threads', '1'], { cwd: root });
}

describe('saev circuits', () => {
  it('traces a difference of logits and writes graph, figure and page', async () => {
    const out = join(folder, 'exact');
    const done = await circuits(
      PROMPT,
      '--logit-difference',
      ' run',
      ' runs',
      '--out',
      out,
      '--max-nodes',
      '20',
    );
    expect(done).toMatchObject({ code: 0 });
    expect(done.stdout).toMatch(/" run" − " runs" at 7: [+−]\d/);
    expect(done.stdout).toMatch(/replacement score \d+\.\d%/);
    expect((await readdir(out)).sort()).toEqual(['figure.svg', 'graph.json', 'index.html']);
    const { metadata, nodes } = await graphIn(out);
    expect(metadata).toMatchObject({ scan: 'world-gpt2', prompt: PROMPT });
    expect(metadata.transcoder_list).toEqual(transcoders);
    expect(nodes.some(({ feature_type: type }) => type === 'cross layer transcoder')).toBe(true);
  });

  it('prints the paths that transcoder-circuits would, and writes them as a graph too', async () => {
    const out = join(folder, 'paths');
    const done = await circuits(PROMPT, '--mode', 'compatible', '--logit', ' run', '--out', out);
    expect(done).toMatchObject({ code: 0 });
    expect(done.stdout).toMatch(/^--- Paths of size 2 ---\nPath \[0\]\[0\]: mlp3@-1 <- /);
    const files = (await readdir(out)).sort();
    expect(files).toEqual(['figure.svg', 'graph.json', 'index.html', 'paths.txt']);
    expect(done.stdout).toContain(await readFile(join(out, 'paths.txt'), 'utf8'));
    const { nodes } = await graphIn(out);
    const kinds = new Set(nodes.map(({ feature_type: type }) => type));
    expect(kinds).toContain('logit');
    expect(kinds).toContain('mlp reconstruction error');
  });

  it('takes the place of an earlier circuit of its own, whole, and of no other file', async () => {
    const out = join(folder, 'again');
    await traceTo(out, { mode: 'compatible', logit: [' run'] });
    expect((await readdir(out)).sort()).toContain('paths.txt');
    await writeFile(join(out, 'notes.md'), 'mine');
    await traceTo(out, { prompt: 'Today the cat near the old tower' });
    expect((await readdir(out)).sort()).toEqual([
      ...['figure.svg', 'graph.json', 'index.html', 'notes.md'],
    ]);
    expect((await graphIn(out)).metadata.prompt).toContain('cat');

    await writeFile(join(out, 'graph.json'), '{"metadata":{}}');
    await expect(traceTo(out)).rejects.toThrow('something stands there');
    expect(await readFile(join(out, 'graph.json'), 'utf8')).toBe('{"metadata":{}}');
    await traceTo(out, { overwrite: true });
  });

  it('says in one sentence what is wrong, and writes nothing', async () => {
    const out = join(folder, 'wrong');
    const done = await circuits(PROMPT, '--feature', '2/64', '--out', out);
    expect(done.code).toBe(2);
    expect(done.stderr).toMatch(/unknown feature 2\/64/);
    expect(done.stderr).toMatch(/features 0 … 63/);
    expect(done.stderr).not.toMatch(/ {4}at /);
    expect(await readdir(folder)).not.toContain('wrong');
  });
});

describe.each(['exact', 'compatible'] as const)('circuits in %s mode', (mode) => {
  it.each<[string, Changes, roots: RegExp[]]>([
    ['a feature', { feature: ['3/7'] }, [/^3_7_7$/]],
    ['a feature at a position', { feature: ['2/5@-2'] }, [/^2_5_6$/]],
    ['a logit', { logit: [' run'] }, [/^5_\d+_7$/]],
    ['two logits', { logit: [' run', ' runs'] }, [/^5_\d+_7$/, /^5_\d+_7$/]],
    [
      'a feature and a difference',
      { feature: ['1/2'], logitDifference: [' run', ' runs'] },
      [/^5_\d+-\d+_7$/, /^1_2_7$/],
    ],
  ])('explain %s', async (name, changes, roots) => {
    const out = join(folder, `${mode}-${name}`);
    const traced = await traceTo(out, { mode, ...changes });
    const { nodes, links, qParams, metadata } = await graphIn(out);
    expect(metadata).toMatchObject({ prompt: PROMPT });
    expect(nodes).toHaveLength(traced.graph.nodes.length);
    expect(qParams.pinnedIds).toHaveLength(roots.length);
    qParams.pinnedIds.forEach((id, i) => {
      expect(id).toMatch(roots[i]!);
      expect(links.some(({ target }) => target === id)).toBe(true);
    });
  });

  it.each<[string, Changes, RegExp]>([
    ['a feature that there is not', { feature: ['1/64'] }, /unknown feature|invalid feature/],
    ['a layer without transcoder', { feature: ['9/0'] }, /unknown layer|missing transcoder/],
    ['a position past the prompt', { feature: ['1/2@8'] }, /invalid position 8/],
    ['text that is no feature', { feature: ['1-2'] }, /invalid feature: '1-2'/],
    ['text that is not one token', { logit: [' runway train'] }, /token/],
    [
      'a prompt longer than the context',
      { prompt: 'the dog '.repeat(40) },
      /invalid prompt: \d+ tokens, the model takes 64/,
    ],
    ['a tokenizer of another model', { model: TINY_MODEL, tokenizer: 'world-gpt2' }, /tokenizer/],
    ['an unknown model', { model: 'no-such-model' }, /model/],
    ['transcoders that are not there', { transcoders: ['no/such/file'] }, /no\/such\/file/],
    ['dashboards that are not there', { dashboards: 'no/such/{layer}' }, /missing dashboards/],
    ['dashboards of one folder for all layers', { dashboards: 'all' }, /invalid dashboards: 'all'/],
  ])('refuse %s, and write nothing', async (name, changes, message) => {
    const out = join(folder, `${mode} without ${name}`);
    const given = traceTo(out, {
      mode,
      ...(changes.feature || changes.logit ? {} : { logit: [' run'] }),
      ...changes,
    });
    await expect(given).rejects.toThrow(message);
    await expect(given).rejects.toBeInstanceOf(UserError);
    expect(await readdir(folder)).not.toContain(`${mode} without ${name}`);
  });

  it.each<[string, Places, RegExp]>([
    ['width', { dModel: 64 }, /have 64 numbers, those of the model 128/],
    ['input', { input: 'hook_resid_pre' }, /unsupported transcoder/],
    ['output', { output: 'hook_resid_post' }, /unsupported transcoder/],
  ])('refuse a transcoder of another %s', async (what, places, message) => {
    const path = join(folder, `another ${what}`);
    await writeTranscoder(path, 3, places);
    const out = join(folder, `${mode} with another ${what}`);
    const given = traceTo(out, {
      mode,
      logit: [' run'],
      transcoders: [...transcoders.slice(0, 3), path],
    });
    await expect(given).rejects.toThrow(message);
    expect(await readdir(folder)).not.toContain(`${mode} with another ${what}`);
  });
});

describe('the page of a circuit', () => {
  it('shows what dashboards say of the features of the graph, and links to their pages', async () => {
    const record = {
      index: 0,
      top_logits: [' run'],
      bottom_logits: [' </script>'],
      examples_quantiles: [
        { quantile_name: 'Top', examples: [{ tokens: [' a'], tokens_acts_list: [1] }] },
      ],
    };
    for (let layer = 0; layer < N_LAYERS; layer++) {
      const records = join(folder, 'features', String(layer), 'dashboards');
      await mkdir(records, { recursive: true });
      await writeFile(join(records, '..', 'index.html'), '');
      for (let index = 0; index < D_SAE - 4; index++)
        await writeFile(join(records, `${index}.json`), JSON.stringify({ ...record, index }));
    }
    const out = join(folder, 'shown');
    const dashboards = join(folder, 'features', '{layer}');
    const { graph } = await traceTo(out, { feature: ['3/7'], dashboards });
    const page = await readFile(join(out, 'index.html'), 'utf8');
    const [, keys] = /id="saev-features">(.*?)<\/script>/.exec(page)!;
    const features = graph.nodes.filter(({ kind, feature }) => kind === 'feature' && feature! < 60);
    const named = new Set(features.map(({ layer, feature }) => `${layer}/${feature}`));
    expect(new Set(JSON.parse(keys!))).toEqual(named);
    expect(page).toContain('"dashboards":"../features/{layer}/index.html"');

    await writeFile(join(folder, 'features', '3', 'dashboards', '7.json'), '{"index": 7}');
    await expect(
      traceTo(join(folder, 'damaged'), { feature: ['3/7'], dashboards }),
    ).rejects.toThrow(/feature 3\/7/);
    expect(await readdir(folder)).not.toContain('damaged');
  });
});

describe('an empty prompt', () => {
  it('is refused before anything is opened', async () => {
    const { code, stderr } = await circuits('', '--logit', ' run', '--out', join(folder, 'empty'));
    expect([code, stderr]).toEqual([2, expect.stringMatching(/prompt/)]);
  });
});

describe('saev replace', () => {
  const texts = { type: 'text-world' } as const;
  type ReplacementChanges = Partial<z.input<typeof ReplacementConfig>>;
  const measured = (changes: ReplacementChanges): ReturnType<typeof replace> =>
    replace(
      ReplacementConfig.parse({
        ...{ model: 'world-gpt2', texts, transcoders, contextSize: 60, nContexts: 2, threads: 1 },
        ...changes,
      }),
    );

  it('prints a table with a row for each set of layers', async () => {
    const { code, stdout } = await saev(
      [
        ...[
          'replace',
          'texts:text-world',
          '--model',
          'world-gpt2',
          '--transcoders',
          ...transcoders,
        ],
        ...['--layers', '1', '2', '--context-size', '60', '--n-contexts', '3', '--threads', '1'],
      ],
      { cwd: root },
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/world-gpt2 on 3 contexts of 60 tokens from .*: loss \d\.\d{4}/);
    expect(stdout).toMatch(/^ {2}0-3 +\d/m);
    expect(stdout).toMatch(/^ {2}1-2 +\d/m);
  });

  it.each<[string, ReplacementChanges, RegExp]>([
    ['a layer without transcoder', { layers: [9] }, /missing transcoder of layer 9/],
    ['contexts longer than the model takes', { contextSize: 65 }, /invalid contextSize: 65/],
    ['transcoders that are not there', { transcoders: ['no/such/file'] }, /no\/such\/file/],
    [
      'a tokenizer of another model',
      { model: TINY_MODEL, tokenizer: 'world-gpt2', contextSize: 16 },
      /tokenizer/,
    ],
    [
      'a model of another width',
      { model: TINY_MODEL, tokenizer: LETTERS, contextSize: 16 },
      /it is for layer|numbers, those of the model/,
    ],
    [
      'texts that are not there',
      { texts: { type: 'text-files', root: 'no-such-file.txt' } },
      /no-such-file/,
    ],
  ])('refuses %s', async (_, changes, message) => {
    const given = measured(changes);
    await expect(given).rejects.toThrow(message);
    await expect(given).rejects.toBeInstanceOf(UserError);
  });

  it('refuses two transcoders of one layer', async () => {
    const twice = [transcoders[0]!, `0=${transcoders[1]!}`];
    await expect(measured({ transcoders: twice })).rejects.toThrow(/both for layer 0/);
  });
});
