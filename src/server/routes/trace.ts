// Tracing a circuit: the form, made from the settings of `saev circuits`, and the trace into a folder of its own.
import { mkdir, rmdir } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import type { Field } from '../../base/config/shape.ts';
import { shapeOf } from '../../base/config/shape.ts';
import { errorCode, UserError } from '../../base/errors.ts';
import { diskError } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { CircuitsConfig } from '../../circuits/config.ts';
import { slugOf } from '../../circuits/output/circuit-files.ts';
import {
  CIRCUIT_ROUTES,
  TRACE,
  type TraceAnswer,
  type TraceField,
  type TraceForm,
  type TranscoderEntry,
} from '../../pages/circuits/routes.ts';
import { coderPath } from '../../sae/checkpoints/read-coder.ts';
import { describeCheckpoint } from '../../sae/checkpoints/registry.ts';
import { isTranscoder } from '../../sae/coder.ts';
import type { Workbench } from '../workbench.ts';
import { actRoute, type DataRoute } from './route.ts';

/** Settings that visitors do not give: they name places on this machine, or spend what is not theirs. */
const NOT_ASKED = {
  model: true,
  tokenizer: true,
  processing: true,
  dashboards: true,
  out: true,
  overwrite: true,
  png: true,
  threads: true,
  device: true,
} as const;

const request = CircuitsConfig.omit(NOT_ASKED).extend({
  prompt: z.string().min(1, 'the prompt is empty').max(10_000),
  transcoders: z.array(z.string()).min(1, 'no transcoders are chosen').max(500),
  feature: z
    .array(z.string().regex(/^\d+\/\d+(@-?\d+)?$/, 'write LAYER/INDEX or LAYER/INDEX@POSITION'))
    .max(100)
    .default([]),
  logit: z.array(z.string().min(1)).max(100).default([]),
  maxNodes: z.int().min(0).max(20_000).default(512),
});

export const TRACE_ROUTES: readonly DataRoute[] = [
  {
    path: CIRCUIT_ROUTES.form,
    read: (_, workbench) => traceForm(workbench),
    // A page without a server has nothing to ask.
    list: async () => [],
  },
];

/** Trace a circuit. */
export const traceRoute = actRoute({
  name: TRACE,
  schema: request,
  isLong: true,
  async act(asked, { workbench, signal, visitor, progress }): Promise<TraceAnswer> {
    const { prompt } = asked;
    const { maxText } = workbench.limits;
    if (prompt.length > maxText)
      throw new UserError(
        `the prompt is too long: ${prompt.length} characters, ${maxText} are taken`,
      );
    const runs = await Promise.all(asked.transcoders.map((id) => workbench.folder('runs', id)));
    const root = rootOf(runs[0]!, workbench);
    const opening = { key: 'trace', open: async () => ({ close: async () => undefined }) };
    return workbench.models.use(
      opening,
      async () => {
        const out = await newFolder(join(root, 'circuits'), slugOf(prompt));
        try {
          const { trace } = await import('../../circuits/trace.ts');
          const config = CircuitsConfig.parse({ ...asked, transcoders: runs, out });
          const { graph } = await trace(config, { signal, onProgress: progress });
          workbench.forget();
          return {
            circuit: await idOf(out, workbench),
            nodes: graph.nodes.length,
            edges: graph.edges.length,
          };
        } catch (error) {
          // Nothing is left of a trace that failed or was stopped before it wrote.
          for (const folder of [out, dirname(out)]) await rmdir(folder).catch(() => undefined);
          throw error;
        }
      },
      { signal, visitor },
    );
  },
});

/** The opened folder that a run lies in. */
function rootOf(run: string, { roots }: Workbench): string {
  const inside = roots.filter((root) => !relative(root, run).startsWith('..'));
  return inside.sort((a, b) => b.length - a.length)[0] ?? roots[0]!;
}

/** Make a folder that was not there: `name`, or `name-2` and so on. */
async function newFolder(parent: string, name: string): Promise<string> {
  await makeFolder(parent);
  for (let n = 1; ; n++) {
    const folder = join(parent, n === 1 ? name : `${name}-${n}`);
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST' || n > 10_000) throw diskError(error, folder);
    }
  }
}

async function idOf(folder: string, workbench: Workbench): Promise<string> {
  const { circuits } = await workbench.catalogue();
  for (const { id } of circuits) if ((await workbench.folder('circuits', id)) === folder) return id;
  throw new UserError(`the circuit was written to '${basename(folder)}', but is not found there`);
}

/** What can be asked for: the transcoders that were found, and the settings. */
async function traceForm(workbench: Workbench): Promise<TraceForm> {
  const { models } = await workbench.catalogue();
  const found = await Promise.all(
    models
      .filter(({ modality, fault }) => modality === 'text' && fault === undefined)
      .map(async ({ id, title, model }): Promise<TranscoderEntry[]> => {
        const layer = await layerOf(await workbench.folder('models', id));
        return layer === undefined ? [] : [{ id, title, model, layer }];
      }),
  );
  const transcoders = found.flat().sort((a, b) => a.layer - b.layer);
  return { transcoders, fields: traceFields() };
}

/** The layer of the transcoder in a run; undefined for a coder that is none. */
async function layerOf(run: string): Promise<number | undefined> {
  try {
    const { config } = await describeCheckpoint(await coderPath(run));
    const [, layer] = /\b(\d+)\b/.exec(config.place?.input ?? '') ?? [];
    return isTranscoder(config) && layer !== undefined ? Number(layer) : undefined;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Settings with fields of their own on the page. */
const OWN = ['prompt', 'transcoders', 'feature', 'logit', 'logitDifference'];

/** The settings of a trace as fields of a form. */
function traceFields(): TraceField[] {
  const { fields } = shapeOf(request);
  return [...fields]
    .filter(([name]) => !OWN.includes(name))
    .map(([name, [field]]) => fieldOf(name, field!));
}

function fieldOf(name: string, field: Field): TraceField {
  const { types, bounds, list, description, group = 'Trace' } = field;
  const kind = list
    ? 'texts'
    : types.choices.length > 0
      ? 'choice'
      : types.boolean
        ? 'switch'
        : types.number
          ? 'number'
          : 'text';
  return {
    name,
    kind,
    description,
    group,
    ...(field.default !== undefined && { default: field.default }),
    ...(kind === 'choice' && { choices: types.choices }),
    ...(bounds.minimum !== undefined && { minimum: bounds.minimum }),
    ...(bounds.maximum !== undefined && { maximum: bounds.maximum }),
    ...(kind === 'number' && { isWhole: types.whole }),
  };
}
