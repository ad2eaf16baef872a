// Tracing a circuit from a config: what the method finds, and the files that show it.
import { join } from 'node:path';
import { writeFileAtomic } from '../base/files.ts';
import type { CircuitsConfig } from './config.ts';
import type { CircuitGraph } from './graph/graph.ts';
import type { OnTraceProgress } from './method.ts';
import { CIRCUIT_METHODS, type CircuitMode, methodNamed } from './methods.ts';
import { writeCircuitFiles } from './output/circuit-files.ts';
import { openDashboards } from './output/dashboards.ts';
import { checkPlace, clearEarlier } from './output/earlier-circuit.ts';
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
 * for files in `out` that saev did not write; then nothing is written. An earlier circuit there gives way to the new one.
 */
export async function trace(
  config: CircuitsConfig,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: OnTraceProgress } = {},
): Promise<TracedCircuit> {
  const { mode, prompt, out, png } = config;
  if (!config.overwrite) await checkPlace(out);
  const world = await openCircuitWorld(config, { signal, onProgress });
  try {
    const dashboards =
      config.dashboards === undefined
        ? undefined
        : await openDashboards(config.dashboards, world.transcoders.layers);
    const { graph, printed } = await methodNamed(CIRCUIT_METHODS, mode).trace(world, config);
    onProgress?.({ doing: 'writing the circuit' });
    signal?.throwIfAborted();
    const files = await writeCircuitFiles(out, graph, {
      prompt,
      mode,
      png,
      features: (await dashboards?.detailsOf(graph)) ?? {},
      dashboards: dashboards?.addressFrom(out),
    });
    if (printed !== undefined) {
      const file = join(out, printed.file);
      await writeFileAtomic(file, `${printed.lines.join('\n')}\n`);
      files.unshift(file);
    }
    await clearEarlier(out, files);
    return { mode, graph, ...(printed && { lines: printed.lines }), files };
  } finally {
    await world.close();
  }
}
