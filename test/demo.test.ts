import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { EditAnswer } from '../src/pages/edit.ts';
import { openWorkbench } from '../src/server/open-workbench.ts';
import { editRoute } from '../src/server/routes/editing/edit.ts';
import { EditRequestSchema } from '../src/studies/steering/request.ts';
import { inTemporaryFolder } from './helpers/folders.ts';
import { saev, withoutAdvice } from './helpers/saev.ts';

interface Report {
  runs: {
    path: string;
    l0: number;
    normalizedMse: number;
    concepts: { f1: number; kind: string }[];
  }[];
  best: { path: string; found: number };
  nConcepts: number;
  page: string;
  head: { path: string; nClasses: number; accuracy: number };
}

/** Edit shows truth, prediction and prediction after by the demo's own head: nothing else is trained for it. */
async function expectEditShowsClasses(folder: string, { best, head }: Report): Promise<void> {
  const workbench = await openWorkbench([folder]);
  try {
    const { runs } = await workbench.catalogue();
    const { id } = runs.find(({ title }) => title === basename(best.path))!;
    const request = EditRequestSchema.parse({
      model: id,
      example: { image: { features: id, example: 0 } },
    });
    const answer = (await editRoute.act(request, {
      workbench,
      signal: workbench.signal,
      visitor: { address: '', name: '' },
      progress: () => undefined,
    })) as EditAnswer;
    const [shown] = answer.sections.filter(({ kind }) => kind === 'segmentation');
    expect(shown).toMatchObject({ grid: 8, truth: expect.stringContaining('data:image/png') });
    expect(head.accuracy).toBeGreaterThan(0.3);
    expect(head.nClasses).toBeGreaterThan(8);
  } finally {
    await workbench.close();
  }
}

it('goes from drawn scenes to a page of scored features, and uses the world again', async () => {
  await inTemporaryFolder(async (folder) => {
    const demo = ['demo', '--out', folder, '--quiet'];
    const small = [...demo, '--scenes', '60', '--patches', '60000'];
    const first = await saev([...small, '--json']);
    expect(withoutAdvice(first.stderr)).toBe('');
    const report = JSON.parse(first.stdout) as Report;
    expect(report.nConcepts).toBe(27);
    expect(report.runs).toHaveLength(3);
    for (const run of report.runs) {
      expect(run.concepts).toHaveLength(27);
      expect(run.normalizedMse).toBeLessThan(0.6);
    }
    // Backgrounds are the easiest concepts: even this short a run tells most of them.
    const best = report.runs.find(({ path }) => path === report.best.path)!;
    const backgrounds = best.concepts.filter(({ kind, f1 }) => kind === 'background' && f1 > 0.6);
    expect(backgrounds.length).toBeGreaterThanOrEqual(4);
    expect(await readFile(report.page, 'utf8')).toContain('The embedded image world');

    await expectEditShowsClasses(folder, report);

    const table = await saev(small);
    // Nothing is trained twice: the second call ends with the same runs.
    expect(JSON.parse(await readFile(join(folder, 'demo.json'), 'utf8'))).toEqual(report);
    expect(table.stdout).toContain('concepts have a latent with F1');
    expect(table.stdout).toMatch(/A segmentation head tells \d+ classes/);
    const shown = /file:\/\/\S+/.exec(table.stdout)![0];
    expect(await readFile(fileURLToPath(shown), 'utf8')).toContain('<html');

    const other = await saev([...demo, '--scenes', '70']);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('another world stands in the folder');
    expect(await readFile(join(folder, 'demo.json'), 'utf8')).toContain('concepts');
  });
}, 1_800_000);
