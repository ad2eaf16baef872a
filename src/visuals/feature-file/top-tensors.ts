// The top examples of latents, read out of the sparse rows of a feature file.
import { UserError } from '../../base/errors.ts';
import type { SafetensorsFile } from '../../formats/safetensors.ts';
import type { TopExample } from '../collecting/top-examples.ts';

/** Sizes of the lists. */
interface Lists {
  readonly dSae: number;
  /** Places in a list. */
  readonly k: number;
  /** Rows of one example. */
  readonly nTokens: number;
}

/** Read the top examples of one latent, best first. */
export async function readTop(
  file: SafetensorsFile,
  lists: Lists,
  latent: number,
): Promise<TopExample[]> {
  const { k } = lists;
  const examples = await readExamples(file, lists, latent, 1);
  const scores = await file.readElements('top_scores', latent * k, new Float32Array(k));
  const { start, token, value } = await readMaps(file, lists, latent, 1);
  return Array.from(examples, Number)
    .map((example, j) => {
      const range = [start[j]!, start[j + 1]!] as const;
      const map = { token: token.subarray(...range), value: value.subarray(...range) };
      return { example, score: scores[j]!, map };
    })
    .filter(({ example }) => example >= 0);
}

/** Read the original's dense `top_values` of some latents, float32 `[count, k, nTokens]`: 0 where they do not fire. */
export async function readTopValues(
  file: SafetensorsFile,
  lists: Lists,
  first: number,
  count: number,
): Promise<Float32Array> {
  const { k, nTokens } = lists;
  checkLatents(lists, first, count);
  const { start, token, value } = await readMaps(file, lists, first, count);
  const dense = new Float32Array(count * k * nTokens);
  for (let entry = 0; entry < count * k; entry++) {
    for (let i = start[entry]!; i < start[entry + 1]!; i++) {
      dense[entry * nTokens + token[i]!] = value[i]!;
    }
  }
  return dense;
}

/**
 * Read the original's `top_img_i` of some latents, int64 `[count, k]`. A latent that fires on fewer than `k` examples is
 * given others behind them, as there: its value is 0 on them.
 */
export async function readTopImages(
  file: SafetensorsFile,
  lists: Lists,
  first: number,
  count: number,
): Promise<BigInt64Array> {
  const { k } = lists;
  const examples = await readExamples(file, lists, first, count);
  for (let start = 0; start < examples.length; start += k) {
    const list = examples.subarray(start, start + k);
    const listed = new Set(list);
    let next = 0n;
    list.forEach((example, j) => {
      if (example >= 0n) return;
      while (listed.has(next)) next++;
      list[j] = next++;
    });
  }
  return examples;
}

function checkLatents({ dSae }: Lists, first: number, count: number): void {
  if (first >= 0 && count >= 0 && first + count <= dSae) return;
  throw new RangeError(`no latents ${first} to ${first + count - 1} among ${dSae}`);
}

async function readExamples(
  file: SafetensorsFile,
  lists: Lists,
  first: number,
  count: number,
): Promise<BigInt64Array> {
  checkLatents(lists, first, count);
  const { k } = lists;
  return file.readElements('top_img_i', first * k, new BigInt64Array(count * k));
}

/** The maps of some latents' lists, one behind the other: that of entry `e` is from `start[e]` to `start[e + 1]`. */
async function readMaps(
  file: SafetensorsFile,
  { k, nTokens }: Lists,
  first: number,
  count: number,
): Promise<{ start: number[]; token: Uint32Array; value: Float32Array }> {
  const { readElements } = file;
  const bounds = await readElements('map.start', first * k, new BigInt64Array(count * k + 1));
  const from = Number(bounds[0]);
  const start = Array.from(bounds, (at) => Number(at) - from);
  const nonzeros = file.tensors.get('map.token')!.shape[0]!;
  const invalid = (): UserError =>
    new UserError(`invalid heat maps of latent ${first} in '${file.path}'`);
  if (from < 0 || from + start.at(-1)! > nonzeros) throw invalid();
  if (start.some((at, j) => at < (start[j - 1] ?? 0))) throw invalid();
  const length = start.at(-1)!;
  const token = await readElements('map.token', from, new Uint32Array(length));
  const value = await readElements('map.value', from, new Float32Array(length));
  if (token.some((each) => each >= nTokens)) throw invalid();
  return { start, token, value };
}
