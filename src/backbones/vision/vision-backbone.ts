// A vision transformer at work: for each set of points read and replaced, one graph and one session.
import { UserError, unknownName } from '../../base/errors.ts';
import { showShape, sizeOf, type Value } from '../../compute/onnx/graph.ts';
import type { OnnxTensor, OpenSession, Session } from '../../compute/onnx/session.ts';
import { createSessionCache } from '../../compute/onnx/session-cache.ts';
import { applyTransform, type ImageTransform } from '../../data/images/transform.ts';
import type { HookPoint } from '../hook-points.ts';
import type { RunOptions, Tensor, VisionBackbone } from '../types.ts';
import { OUTPUT, PIXELS, type VisionParts, visionGraph } from './vision-graph.ts';

export interface VisionBackboneOptions {
  readonly family: string;
  /** The name the person gave. */
  readonly checkpoint: string;
  /** Loads graphs: `openSession` in Node. */
  readonly openSession: OpenSession;
  /** Folder of the weight files. */
  readonly weightsFolder: string;
  readonly transform: ImageTransform;
  /** Threads of a run; the number of cores by default. */
  readonly threads?: number;
  /** Images computed at a time: more take more memory and, beyond a few, no less time. */
  readonly imagesPerRun?: number;
  /** Sessions kept open, each with its own copy of the weights in memory. */
  readonly maxSessions?: number;
  /** Ends work under way and closes the backbone. */
  readonly signal?: AbortSignal;
}

/** Values read at hook points, with sizes for a whole batch. */
type Results = Map<HookPoint, { data: Float32Array; shape: number[] }>;

/** Make a backbone of a model's parts. Nothing is loaded until the first run. */
export function visionBackbone(parts: VisionParts, options: VisionBackboneOptions): VisionBackbone {
  const {
    openSession,
    weightsFolder,
    threads,
    imagesPerRun = 4,
    maxSessions = 2,
    signal,
  } = options;
  const { imageSize } = parts.config;
  const allPoints = visionGraph(parts);
  const hookPoints = [...allPoints.keys()].filter((name) => name !== OUTPUT);
  const cache = createSessionCache(maxSessions);
  let last: Promise<unknown> = Promise.resolve();

  const pointOf = (name: HookPoint): Value => {
    const value = allPoints.get(name);
    if (value === undefined) throw unknownName('hook point', name, [...allPoints.keys()]);
    return value;
  };

  async function compute(
    pixels: Tensor,
    record: HookPoint[],
    replace: ReadonlyMap<HookPoint, Tensor>,
  ): Promise<Results> {
    const graph = visionGraph(parts, new Set([...record, ...replace.keys()]));
    const only = (names: Iterable<string>): Map<string, Value> =>
      new Map([...names].map((name) => [name, graph.get(name)!]));
    const { buildModel } = await import('../../compute/onnx/model.ts');
    const model = buildModel(only(record), only(replace.keys()));
    const key = `${[...record].sort().join()}|${[...replace.keys()].sort().join()}`;
    const session = await cache.get(key, () =>
      openSession(model.bytes, { weightsFolder, threads, signal }),
    );
    const given = new Map([[PIXELS, pixels], ...replace]);
    const feeds = new Map([...model.inputs.keys()].map((name) => [name, given.get(name)!]));
    return inPieces(session, feeds, model.outputs, { nImages: pixels.shape[0]!, imagesPerRun });
  }

  return {
    family: options.family,
    checkpoint: options.checkpoint,
    config: parts.config,
    hookPoints,
    transform: options.transform,
    preprocess: (image) => applyTransform(image, options.transform),
    async run(pixels, { record, replace = new Map() }: RunOptions) {
      signal?.throwIfAborted();
      checkTensor(PIXELS, pixels, ['batch', 3, imageSize, imageSize], pixels.shape[0]);
      for (const name of record) pointOf(name);
      for (const [name, tensor] of replace) {
        if (name === OUTPUT) throw unknownName('hook point', name, hookPoints);
        checkTensor(name, tensor, pointOf(name).shape, pixels.shape[0]);
      }
      const computed = [...new Set(record)].filter((name) => !replace.has(name));
      // One run at a time: each uses all cores, and a session must not be dropped while it is in use.
      const mine = last.then(() =>
        computed.length > 0 ? compute(pixels, computed, replace) : new Map(),
      );
      last = mine.catch(() => undefined);
      const results = await mine;
      return new Map(record.map((name) => [name, results.get(name) ?? replace.get(name)!]));
    },
    close: () => cache.close(),
  };
}

/** Run a batch a few images at a time, the next ones on their way while the last are gathered. */
async function inPieces(
  session: Session,
  feeds: ReadonlyMap<string, Tensor>,
  outputs: ReadonlyMap<string, Value>,
  { nImages, imagesPerRun }: { nImages: number; imagesPerRun: number },
): Promise<Results> {
  const results: Results = new Map(
    [...outputs].map(([name, value]) => {
      const shape = [nImages, ...(value.shape.slice(1) as number[])];
      return [name, { data: new Float32Array(sizeOf(shape)), shape }];
    }),
  );
  const pending: { start: number; outputs: Promise<Map<string, OnnxTensor>> }[] = [];
  const gather = async (): Promise<void> => {
    const piece = pending.shift()!;
    for (const [name, { data }] of await piece.outputs) {
      const whole = results.get(name)!.data;
      whole.set(data as Float32Array, piece.start * (whole.length / nImages));
    }
  };
  for (let start = 0; start < nImages; start += imagesPerRun) {
    const end = Math.min(nImages, start + imagesPerRun);
    const part = new Map([...feeds].map(([name, tensor]) => [name, rows(tensor, start, end)]));
    const running = session.run(part, { transfer: true });
    // If an earlier piece fails, nobody waits for this one any more.
    running.catch(() => undefined);
    pending.push({ start, outputs: running });
    if (pending.length === 2) await gather();
  }
  while (pending.length > 0) await gather();
  return results;
}

/** A copy of rows `start … end − 1` along the first axis. */
function rows({ data, shape }: Tensor, start: number, end: number): Tensor {
  const width = data.length / shape[0]!;
  return { data: data.slice(start * width, end * width), shape: [end - start, ...shape.slice(1)] };
}

/** Throw a UserError unless `tensor` has the shape, its first axis `batch` long, and as many elements. */
function checkTensor(name: string, tensor: Tensor, shape: Value['shape'], batch = 0): void {
  const expected = [batch, ...(shape.slice(1) as number[])];
  if (tensor.shape.join() !== expected.join() || batch < 1) {
    throw new UserError(
      `invalid shape of '${name}': ${showShape(tensor.shape)}, expected ${showShape(batch < 1 ? shape : expected)}`,
    );
  }
  if (tensor.data.length !== sizeOf(expected)) {
    throw new UserError(
      `invalid tensor for '${name}': ${tensor.data.length} elements do not fill ${showShape(expected)}`,
    );
  }
}
