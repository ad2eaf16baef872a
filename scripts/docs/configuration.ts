// docs/configuration.md: the tables of all jobs, made from their schemas.
import { shapeOf } from '../../src/base/config/shape.ts';
import { type Listed, singleCommands } from '../../src/cli/program/command.ts';
import { markdownTables } from './markdown.ts';

const INTRODUCTION = `# Configuration

<!-- Written by \`npm run docs\` from the schemas; edit those, or scripts/docs/configuration.ts. -->

Every job is described by one schema. The same settings can be given in four places; a stronger place wins:

1. flags: \`--sae.exp-factor 8\`
2. environment variables, where the tables below name one
3. a TOML or JSON file: \`--config job.toml\`
4. the defaults

In files, keys are written in camelCase; snake_case works too. Flags are written with hyphens, and underscores or
camelCase work too: \`--data.shard-root\`, \`--data.shard_root\` and \`--data.shardRoot\` are one flag. A switch takes
\`--track\`, \`--no-track\` or \`--track false\`; a list takes several values (\`--vit-layers -2 -1\`), commas
(\`--vit-layers=-2,-1\`) or the flag again. A text of a list keeps its commas, as does a path that is there. Where a table has kinds, \`sae:topk\` is short for \`--sae.kind topk\`.

\`\`\`toml
# job.toml
lr = 1e-3
nPatches = 10_000_000

[data]
shardRoot = "shards/4f0a…"
layer = -2

[sae]
kind = "topk"
k = 64
\`\`\`

An unknown key, a value of the wrong kind and a number out of range end the command before it touches anything, with
one sentence that names the setting, its value and what would fit. Each run keeps its resolved settings in
\`config.json\`, which is itself a file for \`--config\`.

## Sweeps

\`saev train --sweep sweep.toml\` trains one autoencoder for each combination of the lists in a TOML or JSON file, laid
over the settings from flags, environment and \`--config\`:

\`\`\`toml
lr = [1e-3, 3e-4]

[sae]
expFactor = 16

[objective]
sparsityCoeff = [2e-4, 4e-4, 8e-4]
\`\`\`

This makes six runs; the lists that come first vary slowest. Run number \`d\`, from 0, has the seed \`seed + d\`, and,
where the sweep has an \`[sae]\` table, \`sae.seed + seed + d\` for the initial weights. Over a list of seeds
runs have those seeds, and \`sae.seed + seed\` for the initial weights. Runs that agree in what they
read (data, batch size, number of rows, width, and the settings under Run, Machine and Slurm) are trained together on
one stream of data; the others follow one after the other, or as tasks of their own on a Slurm cluster.

## On a Slurm cluster

With a Slurm account (\`--slurm-acct\`) or \`--slurm\`, a command submits itself as a batch job, waits for its end,
prints its result and, when it fails, the end of its output. The groups of a sweep become tasks of one array job. A
job is asked to stop a minute before its time limit, and Ctrl-C cancels it; both leave a checkpoint that \`--resume\`
goes on from. A job that Slurm begins anew goes on with the runs that it began. The script and the output of a job are
kept in \`logTo\`. A job asks for \`threads\` processors, or for \`nWorkers + 4\`.
`;

/** Write docs/configuration.md: a section for each of the commands that runs a job. */
export async function configurationPage(commands: readonly Listed[]): Promise<string> {
  const pages = [INTRODUCTION];
  for (const { name, load } of singleCommands(commands)) {
    const { job } = (await load()).command;
    if (job === undefined) continue;
    const table = shapeOf(job);
    pages.push(`## saev ${name}\n\n${table.description}\n\n${markdownTables(table, 'The job')}`);
  }
  return pages.join('\n');
}
