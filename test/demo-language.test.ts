import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { inTemporaryFolder } from './helpers/folders.ts';
import { saev } from './helpers/saev.ts';

interface Report {
  transcoders: { layer: number; path: string; l0: number }[];
  replacement: { clean: number; rows: { replaced: { loss: number }; zeroed: { loss: number } }[] };
  behaviours: { behaviour: string; decisions: number; clean: number; zeroed: number }[];
  concepts: { kind: string; name: string; layer: number; f1: number }[];
  found: number;
  circuit: {
    difference: { clean: number; opposite: number };
    shares: { token: string; share: number }[];
    rank: number;
    headReadsDecisive: boolean;
    ablations: { what: string; measured: number; control: number }[];
    page: string;
    files: string[];
  };
  dashboards: { layer: number; page: string }[];
}

const QUICK = ['--tokens', '32768', '--texts', '50', '--dashboard-tokens', '1024', '--quiet'];

it('goes from texts to replaced losses, pages of features and a tested circuit, and uses them again', async () => {
  await inTemporaryFolder(async (folder) => {
    const args = ['demo', 'language', '--out', folder, ...QUICK];
    const first = await saev([...args, '--json']);
    expect(first.stderr).toBe('');
    const report = JSON.parse(first.stdout) as Report;

    expect(report.transcoders.map(({ layer }) => layer)).toEqual([0, 1, 2, 3]);
    for (const { l0 } of report.transcoders) expect(l0).toBeLessThanOrEqual(8);
    const { clean, rows } = report.replacement;
    const { replaced, zeroed } = rows[0]!;
    expect(clean).toBeLessThan(1.3);
    expect(replaced.loss).toBeGreaterThan(clean);
    // Even transcoders that have seen so little give much of the loss back.
    expect(replaced.loss - clean).toBeLessThan(0.6 * (zeroed.loss - clean));

    const brackets = report.behaviours.find(({ behaviour }) => behaviour === 'brackets')!;
    expect(brackets.clean).toBe(1);
    expect(brackets.zeroed).toBeLessThan(0.7);
    expect(report.concepts.filter(({ f1 }) => f1 >= 0.8)).toHaveLength(report.found);
    expect(report.found).toBeGreaterThan(2);

    const { circuit } = report;
    expect(circuit.difference.clean).toBeGreaterThan(3);
    expect(circuit.difference.opposite).toBeLessThan(-3);
    const total = circuit.shares.reduce((sum, { share }) => sum + share, 0);
    expect(total).toBeCloseTo(1, 6);
    expect(circuit.shares[circuit.rank - 1]!.token).toBe(' [');
    // What heads do is the model's own, however badly the transcoders are trained.
    expect(circuit.headReadsDecisive).toBe(true);
    const heads = circuit.ablations.filter(({ what }) => what.includes('head'));
    expect(heads.length).toBeGreaterThan(0);
    for (const { measured, control } of heads) expect(measured).toBeGreaterThan(4 * control);

    const graph = JSON.parse(await readFile(join(folder, 'circuit', 'graph.json'), 'utf8'));
    expect(graph.metadata.prompt_tokens).toContain(' [');
    const featurePage = graph.dashboards.replaceAll('{layer}', '3');
    expect(join(folder, 'circuit', featurePage)).toBe(report.dashboards[3]!.page);
    expect(await readFile(circuit.page, 'utf8')).toContain('saev-feature-');
    for (const { page } of report.dashboards)
      expect(await readFile(page, 'utf8')).toContain('The embedded language, layer');

    const table = await saev(args);
    expect(table.stdout).toContain('recovered');
    expect(table.stdout).toContain('not found');
    expect(table.stdout).toMatch(/^Look at everything, and ask it: npx saev serve \S+/m);
    const shown = /The circuit: (file:\/\/\S+)/.exec(table.stdout)![1]!;
    expect(await readFile(fileURLToPath(shown), 'utf8')).toContain('<html');
    const again = JSON.parse(await readFile(join(folder, 'demo.json'), 'utf8')) as Report;
    expect(again.transcoders).toEqual(report.transcoders);
    expect(again.replacement).toEqual(report.replacement);
    expect(again.concepts).toEqual(report.concepts);
    expect(await readdir(join(folder, 'runs'))).toHaveLength(4);
  });
}, 1_800_000);

it('refuses a demo that there is not', async () => {
  const { code, stderr } = await saev(['demo', 'langauge']);
  expect(code).toBe(2);
  expect(stderr).toContain("unknown demo: 'langauge'");
  expect(stderr).toContain('language');
});

it.each([
  [['--tokens', '10'], 'tokens'],
  [['--texts', '0'], 'texts'],
  [['--scenes', '100'], 'scenes'],
])('refuses %j before it begins', async (flags, name) => {
  await inTemporaryFolder(async (folder) => {
    const { code, stderr } = await saev(['demo', 'language', '--out', folder, ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(name);
    expect(await readdir(folder)).toEqual([]);
  });
});
