// The engine's own thread: the library's graphs, kernels and studies over the files that were written beside the page.
import { kernelsOn } from '../../../src/compute/kernels/cpu/coder.ts';
import {
  ENGINE_MODELS,
  ENGINE_VERSION,
  type ShippedEngine,
} from '../../../src/server/publish/engine/shipped.ts';
import { askShipped } from './ask-shipped.ts';
import { editShipped } from './edit-shipped.ts';
import { type EngineFiles, engineFiles } from './files.ts';
import { openKernelPool } from './kernel-pool.ts';
import type { EngineWork, FromEngine, ToEngine, WorkName } from './messages.ts';
import { proposeShipped } from './propose-shipped.ts';
import { sentenceOf } from './sentences.ts';
import { prepareOnnx } from './session.ts';
import { type OpenedCoder, shippedModels } from './shipped-models.ts';

/** Finds the coder with an id. */
type OpenCoder = (id: string) => Promise<OpenedCoder>;

let opening: Promise<OpenCoder> | undefined;
const stops = new Map<number, AbortController>();

self.onmessage = async ({ data }: MessageEvent<ToEngine>) => {
  if (data.kind === 'start') {
    opening = start(data.base, data.threads);
    opening.catch(() => undefined); // said with each answer
    return;
  }
  if (data.kind === 'stop') {
    stops.get(data.id)?.abort();
    return;
  }
  const { id, name, input, from } = data;
  const stop = new AbortController();
  stops.set(id, stop);
  try {
    reply({ id, output: await work({ name, input, from }, await opening!, stop.signal) });
  } catch (error) {
    reply({ id, error: sentenceOf(error) });
  } finally {
    stops.delete(id);
  }
};

async function start(base: string, threads: number): Promise<OpenCoder> {
  const files = engineFiles(base);
  const engine = await files.json<ShippedEngine>(ENGINE_MODELS);
  if (engine.version !== ENGINE_VERSION) {
    throw new Error(
      `the models beside this page are of version ${engine.version}, it reads ${ENGINE_VERSION}: publish it again`,
    );
  }
  prepareOnnx(base, threads);
  const startThread = (): Worker =>
    new Worker(new URL('kernel-thread.js', base), { type: 'module' });
  const pool = await openKernelPool(await compileKernels(files), { threads, startThread });
  const models = shippedModels(files, kernelsOn(pool));
  return async (id) => {
    const found = engine.models.find((each) => each.id === id);
    if (found === undefined) throw new Error(`the model '${id}' was not published with this page`);
    if (found.refused !== undefined) throw new Error(found.refused);
    return models.open(found.file);
  };
}

/** The build of the kernels that this browser runs: with fused multiply-add where it has relaxed SIMD. */
async function compileKernels(files: EngineFiles): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(await files.bytes('kernels.wasm'));
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    return WebAssembly.compile(await files.bytes('kernels-plain.wasm'));
  }
}

function work(
  { name, input, from }: Pick<Extract<ToEngine, { kind: 'work' }>, 'name' | 'input' | 'from'>,
  open: OpenCoder,
  signal: AbortSignal,
): Promise<EngineWork[WorkName]['output']> {
  if (name === 'ask') return askShipped(input as EngineWork['ask']['input'], open, signal);
  return name === 'propose'
    ? proposeShipped(input as EngineWork['propose']['input'], open)
    : editShipped(input as EngineWork['edit']['input'], open, { signal, from });
}

function reply(message: FromEngine): void {
  self.postMessage(message);
}
