// Runs: the list of them, and what is shown of one.
import { mapAhead } from '../../base/iterables.ts';
import type { Entry } from '../../pages/catalogue.ts';
import {
  RUN_PAGE_VERSION,
  RUNS,
  type RunEntry,
  type RunList,
  runPath,
} from '../../pages/run-page.ts';
import { type RunEntryOptions, readRunEntry } from '../../training/comparing/run-entry.ts';
import { readRunPage } from '../../training/comparing/run-page.ts';
import { createMemory, type Memory } from '../catalogue/memory.ts';
import type { Workbench } from '../workbench.ts';
import type { DataRoute } from './route.ts';

/** Runs that are read at the same time. */
const AT_ONCE = 16;

export const RUN_ROUTES: readonly DataRoute[] = [
  { path: RUNS, read: (_, workbench) => readRuns(workbench), list: async () => [{}] },
  {
    path: runPath(':id'),
    async read({ id = '' }, workbench) {
      const page = await readRunPage(await workbench.folder('runs', id), { id });
      const { runs } = await workbench.catalogue();
      return { ...page, run: asShown(page.run, runs.find((run) => run.id === id)?.folder) };
    },
    async list(workbench) {
      const { runs } = await workbench.catalogue();
      return runs.map(({ id }) => ({ id }));
    },
  },
];

/** Files whose change is a change of a run. */
const FILES = ['run.json', 'config.json', 'eval.json', 'metrics.jsonl', 'checkpoint/cfg.json'];
const MARKERS = FILES.map((name) => ({ name, maxBytes: Number.POSITIVE_INFINITY }));

const memories = new WeakMap<Workbench, Memory>();

function memoryOf(workbench: Workbench): Memory {
  const memory = memories.get(workbench) ?? createMemory();
  memories.set(workbench, memory);
  return memory;
}

async function readRuns(workbench: Workbench): Promise<RunList> {
  const catalogue = await workbench.catalogue();
  const shards: RunEntryOptions['shards'] = new Map();
  const memory = memoryOf(workbench);
  const read = async ({ id, folder }: Entry): Promise<RunEntry | undefined> => {
    // It may have been removed since it was found.
    const path = await workbench.folder('runs', id).catch(() => undefined);
    if (path === undefined) return undefined;
    const readAnew = () => readRunEntry(path, { id, shards });
    const known = await memory.recall('run entry', path, MARKERS, readAnew).catch(readAnew);
    // Of a run that trains no file says that its process has ended.
    return asShown(known.state === 'running' ? await readAnew() : known, folder);
  };
  const runs: RunEntry[] = [];
  for await (const run of mapAhead(catalogue.runs, AT_ONCE, read)) if (run) runs.push(run);
  memory.tidy();
  return { version: RUN_PAGE_VERSION, title: `Runs of ${catalogue.title}`, runs };
}

/** A run with its place as the catalogue names it. */
function asShown(run: RunEntry, folder: string | undefined): RunEntry {
  return folder === undefined ? run : { ...run, folder };
}
