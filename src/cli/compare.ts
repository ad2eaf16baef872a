// saev compare: runs beside each other, as a table and as a page.
import { z } from 'zod';
import type { Agreement } from '../analysis/matching/agreement.ts';
import { UserError } from '../base/errors.ts';
import { counted, percent } from '../base/text.ts';
import { csvText } from '../formats/csv.ts';
import type { RunEntry } from '../pages/run-page.ts';
import {
  differingSettings,
  METRIC_WORDS,
  metricName,
  usualMetrics,
} from '../pages/run-settings.ts';
import { idOfPath } from '../server/catalogue/ids.ts';
import { findRunFolders, readRunEntries } from '../training/comparing/find-runs.ts';
import { METRIC_SCHEMES, type MetricScheme, metricIn } from '../training/runs/metric-table.ts';
import type { Command } from './program/command.ts';
import { defineCommand } from './program/define-command.ts';
import { type TableCell, textTable } from './program/text-table.ts';

/** Settings that stand in the table of the terminal. */
const SETTINGS = 5;

/** Settings that other columns say. */
const UNSAID = ['tag', 'runRoot', 'sae.expFactor', 'data.shardRoot'];

export const command: Command = defineCommand({
  name: 'compare',
  usage: 'RUN … [flags]',
  about:
    'Lay runs beside each other: a table here, and a page with two numbers against each other, every latent, the curves of training and the settings that differ.',
  flags: {
    runs: z
      .array(z.string().min(1))
      .min(1)
      .default(['runs'])
      .describe('Runs, or folders that hold some.')
      .meta({ positional: true }),
    tag: z.string().min(1).optional().describe('Only runs with this tag.'),
    out: z
      .string()
      .min(1)
      .default('./comparison')
      .describe(
        'Folder of the page, or one file that ends with .html; an earlier one there is replaced.',
      ),
    csv: z
      .boolean()
      .default(false)
      .describe('Print all settings and numbers as CSV, and write no page.'),
    agreement: z
      .boolean()
      .default(false)
      .describe(
        'Match the decoder rows of every two coders (runs, checkpoints, hf-hub:owner/name) one to one, print how well they agree, and write no page; with --csv as CSV.',
      ),
    metricNames: z
      .enum(METRIC_SCHEMES)
      .optional()
      .describe('Whose names metrics have in the CSV; unset: as the page has them.'),
  },
  async run({ runs: names, tag, out, csv, agreement }) {
    if (agreement) return { runs: [], pairs: await agreements(names, tag) };
    const runs = withTag(await readAll(names), tag, names);
    if (csv) return { runs };
    const { writeRunsReport } = await import('../training/comparing/report.ts');
    const title = tag === undefined ? names.join(', ') : `${names.join(', ')}, ${tag}`;
    return { runs, page: await writeRunsReport(runs, { to: out, title }) };
  },
  data: ({ runs, page, pairs }) => pairs ?? { ...(page !== undefined && { page }), runs },
  lines({ runs, page, pairs }, { csv, metricNames }) {
    if (pairs !== undefined) return csv ? agreementCsv(pairs) : agreementTable(pairs);
    if (csv) return csvLines(runs, metricNames);
    return [
      ...tableLines(runs),
      ...runs.flatMap(({ name, problem }) =>
        problem === undefined ? [] : [`${name}: ${problem}`],
      ),
      `${page}: open it in a browser to compare ${counted(runs.length, 'run')}`,
    ];
  },
});

/** How well every two coders agree. */
async function agreements(names: readonly string[], tag: string | undefined): Promise<Agreement[]> {
  const { agreementOf } = await import('../analysis/matching/agreement.ts');
  const { readNamedCoders } = await import('../training/comparing/named-coders.ts');
  return agreementOf(await readNamedCoders(names, tag));
}

const PAIR = ['a', 'b', 'matching', 'pairs', 'PW-MCC', 'above 0.7', 'above 0.9'];

function agreementTable(pairs: readonly Agreement[]): string[] {
  const mean = pairs.reduce((sum, { mcc }) => sum + mcc, 0) / pairs.length;
  return [
    ...textTable(
      PAIR,
      pairs.map(({ a, b, method, nPairs, mcc, above7, above9 }) => {
        return [a, b, method, nPairs, mcc.toFixed(4), percent(above7), percent(above9)];
      }),
    ),
    `PW-MCC of ${counted(pairs.length, 'pair')} of coders: ${mean.toFixed(4)}`,
  ];
}

function agreementCsv(pairs: readonly Agreement[]): string[] {
  const text = csvText(
    ['a', 'b', 'matching', 'pairs', 'pw_mcc', 'above_0.7', 'above_0.9'],
    pairs.map(({ a, b, method, nPairs, mcc, above7, above9 }) => {
      return [a, b, method, nPairs, mcc, above7, above9];
    }),
  );
  return text.trimEnd().split('\n');
}

async function readAll(names: readonly string[]): Promise<RunEntry[]> {
  const found = await findRunFolders(names);
  // Two folders may hold runs of the same name.
  const ids = new Map<string, number>();
  const named = found.map((run) => {
    const id = idOfPath(run.path);
    const before = ids.get(id) ?? 0;
    ids.set(id, before + 1);
    return { ...run, id: before === 0 ? id : `${id}=${before + 1}` };
  });
  return readRunEntries(named);
}

/** @throws {UserError} where no run is left. */
function withTag(
  runs: readonly RunEntry[],
  tag: string | undefined,
  names: readonly string[],
): RunEntry[] {
  const where = names.map((name) => `'${name}'`).join(', ');
  if (runs.length === 0) {
    throw new UserError(`missing runs: there are none in ${where}`, {
      hint: "train one with 'saev train', or name the folder that holds some",
    });
  }
  const fitting = runs.filter((run) => tag === undefined || run.tag === tag);
  if (fitting.length > 0) return fitting;
  const tags = [...new Set(runs.map((run) => run.tag))].filter(Boolean);
  throw new UserError(
    `missing runs: none of ${counted(runs.length, 'run')} in ${where} has the tag '${tag}'`,
    {
      hint: tags.length === 0 ? 'none has a tag' : `tags there: ${tags.join(', ')}`,
    },
  );
}

interface Column {
  readonly header: string;
  readonly value: (run: RunEntry) => TableCell;
}

function tableLines(runs: readonly RunEntry[]): string[] {
  const varies = ({ value }: Column): boolean => new Set(runs.map(value)).size > 1;
  const setting = (name: string): Column => ({ header: name, value: (run) => cellOf(run, name) });
  const columns: Column[] = [
    { header: 'run', value: ({ name }) => name },
    { header: 'state', value: ({ state }) => state },
    ...[
      { header: 'tag', value: ({ tag }: RunEntry) => tag || undefined },
      { header: 'model', value: ({ model }: RunEntry) => model || undefined },
      { header: 'data', value: ({ dataset }: RunEntry) => dataset || undefined },
    ].filter(varies),
    ...differingSettings(runs)
      .filter((name) => !UNSAID.includes(name))
      .slice(0, SETTINGS)
      .map(setting),
    ...usualMetrics(runs).map((name) => ({
      header: metricName(name),
      value: ({ metrics }: RunEntry) => metrics[name],
    })),
  ];
  return textTable(
    columns.map(({ header }) => header),
    runs.toSorted(byL0).map((run) => columns.map(({ value }) => value(run))),
  );
}

function byL0(a: RunEntry, b: RunEntry): number {
  return (a.metrics.l0 ?? Number.MAX_VALUE) - (b.metrics.l0 ?? Number.MAX_VALUE);
}

function cellOf({ settings }: RunEntry, name: string): TableCell {
  const value = settings[name];
  return value === null || typeof value === 'boolean' ? String(value) : value;
}

function csvLines(runs: readonly RunEntry[], scheme: MetricScheme | undefined): string[] {
  const settings = [...new Set(runs.flatMap((run) => Object.keys(run.settings)))];
  const found = new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)));
  const known = Object.keys(METRIC_WORDS).filter((name) => found.delete(name));
  const metrics = [...known, ...[...found].sort()];
  const own = ['folder', 'state', 'started', 'tag', 'model', 'dataset', 'metricsFrom'] as const;
  const text = csvText(
    [
      ...own,
      ...settings,
      ...metrics.map((name) => (scheme === undefined ? name : metricIn(scheme, name))),
    ],
    runs.map((run) => [
      ...own.map((name) => run[name]),
      ...settings.map((name) => cellOf(run, name)),
      ...metrics.map((name) => run.metrics[name]),
    ]),
  );
  return text.trimEnd().split('\n');
}
