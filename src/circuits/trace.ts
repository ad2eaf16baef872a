// Tracing a circuit from a config: what the method finds, and the files that show it.
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { kindOfPath, writeFileAtomic } from '../base/files.ts';
import type { CircuitsConfig } from './config.ts';
import type { CircuitGraph } from './graph/graph.ts';
import { CIRCUIT_METHODS, type CircuitMode, methodNamed } from './methods.ts';
import { writeCircuitFiles } from './output/circuit-files.ts';
import { openDashboards } from './output/dashboards.ts';
import { openCircuitWorld } from './world.ts';

/** What was traced, and where it stands. */
export interface TracedCircuit {
  readonly mode: CircuitMode;
  readonly graph: CircuitGraph;
  /** What the method prints, where it has its own way to: in compatible mode, as transcoder-circuits does. */
  readonly lines?: readonly string[];
  readonly files: readonly string[];
}

/**
 * Trace a circuit and write it to `out`: `graph.json`, `figure.svg` and `index.html`, and in compatible mode the paths as
 * `paths.txt`.
 *
 * @throws {UserError} for a prompt, roots, transcoders or dashboards that there are not, or that do not fit the model, and
 * for a circuit that stands in `out` and may not be written over; then nothing is written.
 */
export async function trace(
  config: CircuitsConfig,
  { signal }: { signal?: AbortSignal } = {},
): Promise<TracedCircuit> {
  const { mode, prompt, out, png } = config;
  if (!config.overwrite) await checkIsFree(out);
  const world = await openCircuitWorld(config, { signal });
  try {
    const dashboards =
      config.dashboards === undefined
        ? undefined
        : await openDashboards(config.dashboards, world.transcoders.layers);
    const { graph, printed } = await methodNamed(CIRCUIT_METHODS, mode).trace(world, config);
    const files = await writeCircuitFiles(out, graph, {
      prompt,
      mode,
      png,
      features: (await dashboards?.detailsOf(graph)) ?? {},
      dashboards: dashboards?.addressFrom(out),
    });
    if (printed === undefined) return { mode, graph, files };
    const { file, lines } = printed;
    await writeFileAtomic(join(out, file), `${lines.join('\n')}\n`);
    return { mode, graph, lines, files: [join(out, file), ...files] };
  } finally {
    await world.close();
  }
}

/** What a circuit is told by. */
const FILES = ['graph.json', 'figure.svg', 'index.html'];

async function checkIsFree(out: string): Promise<void> {
  for (const name of FILES) {
    const path = join(out, name);
    if ((await kindOfPath(path)) === 'nothing') continue;
    throw new UserError(`cannot write '${path}': something stands there`, {
      hint: 'name another folder with --out, or give --overwrite',
    });
  }
}
