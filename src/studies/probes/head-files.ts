// Heads on disk, as Python's saev writes and reads them: a line of JSON, then what torch saved.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { kindOfPath, readJson, writeFileAtomic, writeJsonAtomic } from '../../base/files.ts';
import { makeFolder } from '../../base/folders.ts';
import { logger } from '../../base/log.ts';
import { type ByteSource, openBytes, partOf, readBytes } from '../../formats/byte-source.ts';
import { floatRepr, pyFloat } from '../../formats/python/python-format.ts';
import { type PythonValue, pythonJson } from '../../formats/python/python-json.ts';
import { f32, toFloat32 } from '../../formats/tensor.ts';
import { readTorch } from '../../formats/torch/torch-file.ts';
import { stateDictOf } from '../../formats/torch/torch-state-dict.ts';
import { readTorchTensor, type TorchTensor } from '../../formats/torch/torch-tensor.ts';
import { torchFilePieces } from '../../formats/torch/torch-write.ts';
import { indexOfNonFinite } from '../../sae/finite.ts';
import type { LinearHead } from './linear-head.ts';

const log = logger('probes');

/** The line of JSON ends within this many bytes. */
const LINE_LIMIT = 2 ** 16;

/** Name the file of a head after so many steps; that of a finished one where none are given. */
export function headFile(step?: number): string {
  return step === undefined ? 'model.pt' : `model_step${step}.pt`;
}

/** Name the folder of a head after how it learnt, with Python's text of floats: `lr_0_0001__wd_1e-05`. */
export function headFolder(settings: {
  readonly learningRate: number;
  readonly weightDecay: number;
}): string {
  const { learningRate, weightDecay } = settings;
  return `lr_${floatRepr(learningRate)}__wd_${floatRepr(weightDecay)}`.replaceAll('.', '_');
}

/** Write a head as Python's saev does; its `load` and torch read it. */
export async function writeHead(path: string, head: LinearHead): Promise<void> {
  const { dIn, nClasses, weight, bias } = head;
  function* pieces(): Generator<Uint8Array> {
    const line = pythonJson({ in_features: dIn, out_features: nClasses });
    yield new TextEncoder().encode(`${line}\n`);
    yield* torchFilePieces(
      new Map([
        ['weight', f32(weight, nClasses, dIn)],
        ['bias', f32(bias, nClasses)],
      ]),
    );
  }
  await writeFileAtomic(path, pieces());
}

/**
 * Read a head that Python's saev wrote, or {@link writeHead}.
 * @throws {UserError} when the file is missing, cut short, or holds something else.
 */
export async function readHead(path: string): Promise<LinearHead> {
  const source = await openBytes(path, 'head');
  try {
    const { dIn, nClasses, end } = await readLine(source);
    const tensors = stateDictOf(await readTorch(partOf(source, end)), path);
    const weight = await readFloats(tensors, 'weight', [nClasses, dIn], path);
    const bias = await readFloats(tensors, 'bias', [nClasses], path);
    return { dIn, nClasses, weight, bias };
  } finally {
    await source.close();
  }
}

/**
 * Read the newest head of a folder: that of the most steps, else, with a warning, the first `.pt` by name.
 * @throws {UserError} when the folder holds none.
 */
export async function latestHead(folder: string): Promise<{ head: LinearHead; path: string }> {
  if ((await kindOfPath(folder)) !== 'folder') {
    throw new UserError(`missing folder of heads: '${folder}'`);
  }
  const names = (await readdir(folder)).filter((name) => name.endsWith('.pt')).sort();
  const [first] = names;
  if (first === undefined) throw new UserError(`no head in '${folder}': it holds no .pt file`);
  const steps = names.flatMap((name) => {
    const step = /_step(\d+)\.pt$/.exec(name)?.[1];
    return step === undefined ? [] : [{ name, step: Number(step) }];
  });
  const newest = steps.sort((a, b) => b.step - a.step)[0]?.name;
  if (newest === undefined && first !== headFile()) {
    log.warn('no head in {folder} says its number of steps: {first} is taken', { folder, first });
  }
  const path = join(folder, newest ?? first);
  return { head: await readHead(path), path };
}

/** File beside a head that says what Python's files cannot: what the head reads. */
const NOTE_FILE = 'head.json';

/** Write beside a head what it reads. */
export async function writeHeadNote(folder: string, note: object): Promise<void> {
  await writeJsonAtomic(join(folder, NOTE_FILE), note);
}

/**
 * Read what a head says that it reads; undefined where it says nothing, as Python's.
 * @throws {UserError} when that is damaged.
 */
export async function readHeadNote<Schema extends z.ZodType>(
  folder: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  const path = join(folder, NOTE_FILE);
  if ((await kindOfPath(path)) !== 'file') return undefined;
  const parsed = schema.safeParse(await readJson(path, 'description of the head'));
  if (parsed.success) return parsed.data;
  throw new UserError(`invalid description of the head: '${path}'`, { cause: parsed.error });
}

/** Write a head and how it was made where Python's saev looks for both; answers with the head's path. */
export async function writeHeadFolder(
  folder: string,
  head: LinearHead,
  options: { readonly step?: number; readonly config: Readonly<Record<string, unknown>> },
): Promise<string> {
  await makeFolder(folder);
  const path = join(folder, headFile(options.step));
  await writeHead(path, head);
  const config = pythonJson(asFloats(options.config) as PythonValue);
  await writeFileAtomic(join(folder, 'cfg.json'), [new TextEncoder().encode(config)]);
  return path;
}

/** Rates as Python's floats, `10.0`: its dataclasses refuse integers there. */
function asFloats(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const rates = ['learning_rate', 'weight_decay'];
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      rates.includes(key) && typeof value === 'number' ? pyFloat(value) : value,
    ]),
  );
}

async function readLine(
  source: ByteSource,
): Promise<{ dIn: number; nClasses: number; end: number }> {
  const start = await readBytes(source, 0, Math.min(source.size, LINE_LIMIT));
  const end = start.indexOf(10);
  try {
    if (end === -1) throw new Error('no end of line');
    const said = JSON.parse(new TextDecoder().decode(start.subarray(0, end))) as {
      in_features?: unknown;
      out_features?: unknown;
    } | null;
    const [dIn, nClasses] = [said?.in_features, said?.out_features];
    if (!isSize(dIn) || !isSize(nClasses)) throw new Error('in_features and out_features expected');
    return { dIn, nClasses, end: end + 1 };
  } catch (cause) {
    throw new UserError(
      `invalid head: '${source.name}' does not start with a line of JSON that says its size`,
      { cause },
    );
  }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

async function readFloats(
  tensors: ReadonlyMap<string, TorchTensor>,
  name: string,
  shape: readonly number[],
  path: string,
): Promise<Float32Array> {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new UserError(`invalid head: '${path}' holds no ${name}`);
  if (tensor.shape.join() !== shape.join()) {
    throw new UserError(
      `invalid head: ${name} of '${path}' is [${tensor.shape.join(', ')}], its first line says [${shape.join(', ')}]`,
    );
  }
  const { dtype, data } = await readTorchTensor(tensor);
  const out = toFloat32(dtype, data);
  const at = indexOfNonFinite(out);
  if (at === -1) return out;
  throw new UserError(`invalid head: ${name} of '${path}' is ${out[at]} at element ${at}`);
}
