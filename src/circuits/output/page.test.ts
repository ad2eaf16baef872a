import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { circuitWorld, featureWorld } from '../../../test/helpers/circuit-prompt.ts';
import type { CircuitIsland, PageGraph } from '../../pages/circuit-page.ts';
import { writeCircuitPage } from './page.ts';

describe('the file of the circuit page', () => {
  let folder: string;
  let template: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saev-circuit-'));
    template = join(folder, 'template.html');
    await writeFile(template, '<title>t</title><!--saev-data--><p>end</p>');
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('holds the graph and the features as data', async () => {
    const path = join(folder, 'new', 'circuit.html');
    const graph = circuitWorld();
    const features = { '0/89': featureWorld(89) };
    const summary = await writeCircuitPage(path, graph, { features, template, title: 'A title' });
    expect(summary).toEqual({
      path,
      nodes: graph.nodes.length,
      links: graph.links.length,
      features: 1,
    });
    const html = await readFile(path, 'utf8');
    const read = (id: string): unknown =>
      JSON.parse(new RegExp(`id="${id}">(.*?)</script>`, 's').exec(html)![1]!);
    expect(read('saev-graph') as CircuitIsland).toEqual({ title: 'A title', graph });
    expect(read('saev-features')).toEqual(['0/89']);
    expect(read('saev-feature-0/89')).toEqual(features['0/89']);
    expect(html.endsWith('<p>end</p>')).toBe(true);
  });

  test('no text ends the data, whatever stands in it', async () => {
    const hostile = "</script><!--<script>$& $' $` \u2028";
    const graph = circuitWorld();
    const path = join(folder, 'hostile.html');
    await writeCircuitPage(
      path,
      {
        ...graph,
        metadata: { ...graph.metadata, prompt_tokens: [hostile], prompt: hostile },
        nodes: graph.nodes.map((node) => ({ ...node, clerp: hostile })),
      },
      { template, title: hostile },
    );
    const html = await readFile(path, 'utf8');
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html.match(/<\/script/g)).toHaveLength(2);
    const json = /id="saev-graph">(.*?)<\/script>/s.exec(html)![1]!;
    expect((JSON.parse(json) as CircuitIsland).graph.metadata.prompt).toBe(hostile);
  });

  const world = circuitWorld();
  test.each([
    ['no graph', null, /circuit graph/],
    ['nodes that are no list', { ...world, nodes: 'x' }, /nodes/],
    [
      'a weight that is no number',
      { ...world, links: [{ source: 'E_100_0', target: '5_0_9', weight: Number.NaN }] },
      /links\.0\.weight/,
    ],
    [
      'a link to nothing',
      { ...world, links: [{ source: 'E_100_0', target: 'gone', weight: 1 }] },
      /unknown node 'gone'/,
    ],
    [
      'a dashboard of another scheme',
      { ...world, dashboards: 'javascript:alert(1)' },
      /dashboards/,
    ],
    [
      'a head without positions',
      { ...world, nodes: [{ ...world.nodes[0], head: { layer: 1, head: 2 } }], links: [] },
      /head\.source/,
    ],
  ])('%s is refused, and the page that was there stays', async (_, graph, message) => {
    const path = join(folder, 'kept.html');
    await writeFile(path, 'before');
    const writing = writeCircuitPage(path, graph as PageGraph, { template });
    await expect(writing).rejects.toThrow(message);
    await expect(writing).rejects.toMatchObject({ name: 'UserError' });
    expect(await readFile(path, 'utf8')).toBe('before');
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test.each([
    ['../89', featureWorld(89), /feature key: '\.\.\/89'/],
    ['0/89"><b', featureWorld(89), /feature key/],
    ['0/89', { ...featureWorld(89), examples_quantiles: 3 }, /feature 0\/89: examples_quantiles/],
  ])('the feature %j is refused', async (key, details, message) => {
    const features = { [key]: details as ReturnType<typeof featureWorld> };
    const writing = writeCircuitPage(join(folder, 'x.html'), world, { features, template });
    await expect(writing).rejects.toThrow(message);
    await expect(writing).rejects.toMatchObject({ name: 'UserError' });
  });

  test('a page that was not built is said to be missing', async () => {
    await expect(
      writeCircuitPage(join(folder, 'x.html'), world, { template: join(folder, 'none.html') }),
    ).rejects.toThrow(/missing page template/);
  });
});
