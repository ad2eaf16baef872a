// docs/metrics.md: every metric of training by all its names.
import { METRIC_TABLE, type MetricNames } from '../../src/training/runs/metric-table.ts';

const HEAD = `# Names of metrics

Made from the table in the code by \`npm run docs\`; [architecture.md](architecture.md#definitions) defines the numbers.

| column | names |
| --- | --- |
| \`saev\` | metrics.jsonl, and event files and Weights & Biases unless \`--metric-names\` says otherwise: Python's saev of 2025, transcoder-circuits where saev has none, else our own |
| \`ours\` | eval.json (a validation's there in a record of its own, without \`val\`), \`saev compare\`, pages |
| \`upstream\` | saev as it is today; it evaluates on validation data alone, so \`eval/…\` is validation there, and \`train_eval/…\` is our name for the rest |
| \`circuits\` | transcoder-circuits |

\`saev train --tensorboard --metric-names upstream\` writes event files in another scheme (\`--wandb\` likewise), \`saev compare --csv --metric-names circuits\`
a table. A metric that a scheme does not have keeps its name in metrics.jsonl.
`;

/** Write docs/metrics.md. */
export function metricsPage(): string {
  const code = (name: string | undefined): string => (name === undefined ? '' : `\`${name}\``);
  const line = ({ saev, ours, upstream, circuits, about }: MetricNames): string =>
    `| ${[code(saev), code(ours), code(upstream), code(circuits), about.replaceAll('|', '\\|')].join(' | ')} |`;
  const sections = Object.entries(METRIC_TABLE).map(([title, metrics]) =>
    [
      `## ${title}`,
      '',
      '| saev | ours | upstream | circuits | is |',
      '| --- | --- | --- | --- | --- |',
      ...metrics.map(line),
    ].join('\n'),
  );
  return `${[HEAD, ...sections].join('\n')}\n`
    .replaceAll('\n## ', '\n\n## ')
    .replaceAll('\n\n\n', '\n\n');
}
