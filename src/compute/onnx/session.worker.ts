// The thread in which one session lives: it loads a model, then runs it for each request in turn.
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describeError } from '../../base/errors.ts';
import { inside } from './gate.ts';
import type { Answer, OnnxTensor, Request, WorkerData, WorkerOptions } from './session.ts';

const port = parentPort!;
const { gate } = workerData as WorkerData;
let session: InferenceSession | undefined;
let last: Promise<void> = Promise.resolve();

port.on('message', (request: Request) => {
  last = last.then(() => serve(request));
});

async function serve(request: Request): Promise<void> {
  const { id } = request;
  try {
    if (request.kind === 'open') {
      session = await inside(gate, () => load(request.model, request.options));
      post({ id, outputs: new Map() });
    } else {
      const outputs = await inside(gate, () => run(session!, request.feeds));
      const buffers = new Set([...outputs.values()].map(({ data }) => data.buffer as ArrayBuffer));
      post({ id, outputs }, [...buffers]);
    }
  } catch (error) {
    post({ id, error: describeError(error) });
  }
}

function load(
  model: Uint8Array,
  { threads, weightsFolder }: WorkerOptions,
): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // What onnxruntime logs goes past our logging straight to the terminal; its errors are thrown as well.
    logSeverityLevel: 4,
    extra: {
      session: {
        // A thread that spins while it waits for the next product takes a core from kernels and decoding.
        intra_op: { allow_spinning: '0' },
        ...(weightsFolder !== undefined && {
          model_external_initializers_file_folder_path: weightsFolder,
        }),
      },
    },
  });
}

async function run(
  loaded: InferenceSession,
  feeds: ReadonlyMap<string, OnnxTensor>,
): Promise<Map<string, OnnxTensor>> {
  const inputs = Object.fromEntries(
    [...feeds].map(([name, { data, shape }]) => [
      name,
      new Tensor(typeOf(data), data as never, shape),
    ]),
  );
  const results = await loaded.run(inputs);
  return new Map(
    Object.entries(results).map(([name, { data, dims }]) => [
      name,
      { data: data as OnnxTensor['data'], shape: dims },
    ]),
  );
}

function typeOf(data: OnnxTensor['data']): 'float32' | 'int64' | 'int32' | 'uint8' {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof BigInt64Array) return 'int64';
  return data instanceof Int32Array ? 'int32' : 'uint8';
}

function post(answer: Answer, transfer: ArrayBuffer[] = []): void {
  port.postMessage(answer, transfer);
}
