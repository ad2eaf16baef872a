// Circuits on the workbench, asked without a socket: what is read, saved and traced.
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { circuitWorld, featureWorld } from '../../../test/helpers/circuit-prompt.ts';
import { writeTranscoderRuns } from '../../../test/helpers/transcoder-runs.ts';
import { writeCircuitPage } from '../../circuits/output/page.ts';
import { NO_MARKS, readMarks } from '../../pages/circuits/marks.ts';
import {
  CIRCUIT_ROUTES,
  type CircuitData,
  type SaveMarksAnswer,
  type TraceForm,
} from '../../pages/circuits/routes.ts';
import type { ActLine } from '../../pages/source.ts';
import { createApp } from '../app.ts';
import { openWorkbench } from '../open-workbench.ts';
import type { Workbench } from '../workbench.ts';
import { CIRCUITS_ROUTES } from './circuits.ts';
import { fillPath } from './data-path.ts';
import { TRACE_ROUTES } from './trace.ts';

const world = circuitWorld();
let base: string;
let folder: string;
let workbench: Workbench;
let app: Hono;
let runs: string[];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'saev-circuit-routes-'));
  const template = join(base, 'page.html');
  await writeFile(template, '<body><!--saev-data--></body>');
  folder = join(base, 'open/circuit');
  await mkdir(folder, { recursive: true });
  const graph = { ...world, dashboards: '../visuals/{layer}/index.html' };
  const features = { '0/89': featureWorld(89) };
  await writeCircuitPage(join(folder, 'index.html'), graph, {
    features,
    title: 'Rifles',
    template,
  });
  await writeFile(join(folder, 'graph.json'), JSON.stringify(graph));
  for (const layer of [0, 3]) {
    await mkdir(join(base, `open/visuals/${layer}`), { recursive: true });
    await writeFile(join(base, `open/visuals/${layer}/index.html`), '');
    await writeFile(join(base, `open/visuals/${layer}/features.safetensors`), '');
  }
  await mkdir(join(base, 'secret'));
  await writeFile(join(base, 'secret/graph.json'), JSON.stringify(graph));
  await symlink(join(base, 'secret'), join(base, 'open/leaves'));
  runs = (await writeTranscoderRuns(join(base, 'open/runs'))).map((name) => `open~runs~${name}`);
  workbench = await openWorkbench([join(base, 'open')]);
  app = await createApp(workbench, { template });
});
afterAll(async () => {
  await workbench?.close();
  await rm(base, { recursive: true });
});

async function read<T>(path: string): Promise<T> {
  const response = await app.request(`/data/${path}.json`);
  const value = (await response.json()) as T;
  expect([response.status, value]).toEqual([200, value]);
  return value;
}
const post = (name: string, body: unknown, signal?: AbortSignal) =>
  app.request(`/act/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
const save = async (marks: object, version: string): Promise<[number, SaveMarksAnswer]> => {
  const response = await post('save-marks', { circuit: 'open~circuit', marks, version });
  return [response.status, (await response.json()) as SaveMarksAnswer];
};
const graphNow = () => read<CircuitData>(CIRCUIT_ROUTES.graph('open~circuit'));

describe('a circuit', () => {
  it('is given with its title, its features, and nothing behind links that leave the folder', async () => {
    const { circuits } = await workbench.catalogue();
    expect(circuits.map(({ id }) => id)).toEqual(['open~circuit']);
    const data = await graphNow();
    expect(data).toMatchObject({ title: 'Rifles', features: ['0/89'] });
    expect(data.graph.nodes).toEqual(world.nodes);
    expect(await read(CIRCUIT_ROUTES.features('open~circuit'))).toEqual({
      '0/89': featureWorld(89),
    });
    for (const route of [...CIRCUITS_ROUTES, ...TRACE_ROUTES])
      for await (const places of await route.list(workbench)) {
        await route.read(places, workbench);
        expect(fillPath(route.path, places)).not.toContain(':');
      }
  });

  it('keeps marks in its file and in its page; who saves what is old is told of both', async () => {
    const { version } = await graphNow();
    const mine = { ...NO_MARKS, pins: ['0_89_9'], note: 'mine </script>' };
    const [status, saved] = await save(mine, version);
    expect([status, saved]).toEqual([200, { version: expect.any(String) }]);
    const now = await graphNow();
    expect(now.version).toBe((saved as { version: string }).version);
    expect(readMarks(now.graph)).toEqual(mine);
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    const [, json] = /id="saev-graph">(.*?)<\/script>/s.exec(html)!;
    expect(JSON.parse(json!)).toEqual({ title: 'Rifles', graph: now.graph });

    const theirs = await save({ ...NO_MARKS, note: 'theirs' }, version);
    const { changed } = theirs[1] as { changed: CircuitData };
    expect(changed).toEqual(now);
    expect(readMarks((await graphNow()).graph)).toEqual(mine);
    expect((await save({ ...NO_MARKS, note: 'theirs' }, changed.version))[0]).toBe(200);
    expect(readMarks((await graphNow()).graph).note).toBe('theirs');
  });

  it.each([
    [{ ...NO_MARKS, pins: ['gone'] }, /no node 'gone'/],
    [{ ...NO_MARKS, groups: [{ name: '', ids: ['0_89_9'] }] }, /a name is empty/],
    [{ note: 'x' }, /invalid request: marks\.pins/],
  ])('refuses %o with a sentence', async (marks, message) => {
    const before = await graphNow();
    const [status, answer] = await save(marks, before.version);
    expect(status).toBe(400);
    expect((answer as unknown as { error: string }).error).toMatch(message);
    expect(await graphNow()).toEqual(before);
  });

  it('that is damaged, or not there, is refused', async () => {
    await mkdir(join(base, 'open/bad'), { recursive: true });
    await writeFile(join(base, 'open/bad/graph.json'), '{"nodes": 3');
    await mkdir(join(base, 'open/link'), { recursive: true });
    await symlink(join(base, 'secret/graph.json'), join(base, 'open/link/graph.json'));
    workbench.forget();
    for (const id of ['open~bad', 'open~link', 'open~leaves', 'none', '..%2F..']) {
      const response = await app.request(`/data/circuits/${id}/graph.json`);
      expect([400, 404]).toContain(response.status);
      const { error } = (await response.json()) as { error: string };
      expect(error).not.toContain(base);
    }
  });
});

describe('a trace', () => {
  async function traced(body: object, signal?: AbortSignal): Promise<ActLine[]> {
    const response = await post(
      'trace',
      { prompt: 'Today the dogs', transcoders: runs, maxNodes: 8, ...body },
      signal,
    );
    const text = await response.text();
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as ActLine);
  }

  it('has a form of its transcoders and its settings', async () => {
    const { transcoders, fields } = await read<TraceForm>(CIRCUIT_ROUTES.form);
    expect(transcoders.map(({ id, model, layer }) => [id, model, layer])).toEqual(
      runs.map((id, layer) => [id, 'world-gpt2', layer]),
    );
    const names = fields.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['mode', 'nodeThreshold', 'prependBos', 'iterations']),
    );
    for (const name of ['out', 'overwrite', 'model', 'dashboards', 'device'])
      expect(names).not.toContain(name);
    expect(fields.find(({ name }) => name === 'mode')).toMatchObject({
      kind: 'choice',
      choices: ['exact', 'compatible'],
      default: 'exact',
    });
  });

  it('tells of its progress, writes a new folder, and is there at once', async () => {
    const said = await traced({});
    const doing = said.flatMap((line) => ('progress' in line ? [line.progress.doing] : []));
    expect(doing).toEqual(
      expect.arrayContaining([
        'opening the model and its transcoders',
        'finding inputs of features',
        'writing the circuit',
      ]),
    );
    expect(said.at(-1)).toEqual({
      result: {
        circuit: 'open~circuits~today-the-dogs',
        nodes: expect.any(Number),
        edges: expect.any(Number),
      },
    });
    const again = await traced({ logitDifference: [' run', ' runs'] });
    expect(again.at(-1)).toMatchObject({ result: { circuit: 'open~circuits~today-the-dogs-2' } });
    const { graph } = await read<CircuitData>(
      CIRCUIT_ROUTES.graph('open~circuits~today-the-dogs-2'),
    );
    expect(graph.metadata.root).toContain('run');
  });

  it('that is refused or stopped leaves nothing', async () => {
    const before = await readdir(join(base, 'open/circuits'));
    expect((await traced({ logit: ['no such token anywhere'] })).at(-1)).toMatchObject({
      error: expect.stringMatching(/token/),
    });
    const stop = new AbortController();
    stop.abort();
    await traced({}, stop.signal).catch(() => undefined);
    expect(await readdir(join(base, 'open/circuits'))).toEqual(before);
  });

  it.each([
    [{ prompt: '' }, /the prompt is empty/],
    [{ feature: ['hf-hub:some/where/3'] }, /write LAYER\/INDEX/],
    [{ out: '/tmp/elsewhere' }, /out/],
    [{ transcoders: [] }, /no transcoders are chosen/],
  ])('refuses %o', async (body, message) => {
    const response = await post('trace', { prompt: 'x', transcoders: runs, ...body });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toMatch(message);
  });

  it('refuses runs that there are not', async () => {
    expect((await traced({ transcoders: ['../../etc'] })).at(-1)).toMatchObject({
      error: expect.stringMatching(/unknown entry/),
    });
  });
});
