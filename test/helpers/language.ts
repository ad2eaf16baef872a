// What the tests of language models share: the published models of fixtures/language and their golden files.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LanguageOptions, openLanguageModel } from '../../src/backbones/language/open.ts';
import type { LanguageBackbone } from '../../src/backbones/language/types.ts';
import type { Tensor } from '../../src/backbones/types.ts';
import { openSafetensors } from '../../src/formats/safetensors.ts';
import { type HubSettings, hubSettings } from '../../src/hub/settings.ts';

export const LANGUAGE_FIXTURES: string = join(import.meta.dirname, '../../fixtures/language');

/** A cache of its own for a test file, and the models opened with it. */
export interface LanguageWorkshop {
  readonly folder: string;
  readonly settings: HubSettings;
  /** Open a model of the fixtures, or of a path. */
  open(name: string, options?: LanguageOptions): Promise<LanguageBackbone>;
  close(): Promise<void>;
}

/** Make a temporary folder; everything opened is closed with it. */
export async function languageWorkshop(): Promise<LanguageWorkshop> {
  const folder = await mkdtemp(join(tmpdir(), 'saev-language-'));
  const settings = { ...hubSettings({}), cacheDir: join(folder, 'hub'), offline: true };
  const opened: LanguageBackbone[] = [];
  return {
    folder,
    settings,
    async open(name, options) {
      const path = name.includes('/') ? name : join(LANGUAGE_FIXTURES, name);
      const backbone = await openLanguageModel(path, {
        settings,
        threads: 1,
        ...options,
        tokenizer: false,
      });
      opened.push(backbone);
      return backbone;
    },
    async close() {
      await Promise.all(opened.map((backbone) => backbone.close()));
      await rm(folder, { recursive: true });
    },
  };
}

/** The golden numbers of a model, all in memory. */
export interface LanguageGolden {
  readonly names: readonly string[];
  readonly tokens: number[][];
  tensor(name: string): Tensor;
  /** Whole numbers, by rows. */
  rows(name: string): number[][];
}

/** Read the golden file of a fixture. */
export async function languageGolden(name: string): Promise<LanguageGolden> {
  const file = await openSafetensors(join(LANGUAGE_FIXTURES, `${name}.golden.safetensors`));
  const tensors = new Map<string, Tensor>();
  for (const [key, { shape }] of file.tensors)
    tensors.set(key, { data: await file.readFloat32(key), shape });
  await file.close();
  const tensor = (key: string): Tensor => {
    const found = tensors.get(key);
    if (found === undefined) throw new Error(`no '${key}' in the golden file of ${name}`);
    return found;
  };
  const rows = (key: string): number[][] => {
    const { data, shape } = tensor(key);
    const width = shape[1]!;
    return Array.from({ length: shape[0]! }, (_, r) => [
      ...data.subarray(r * width, (r + 1) * width),
    ]);
  };
  return { names: [...tensors.keys()], tokens: rows('tokens'), tensor, rows };
}

/** Both tensors where the second is finite: scores hold −∞ where a query may not look. */
export function finiteParts(actual: Tensor, expected: Tensor): [Float32Array, Float32Array] {
  const finite = [...expected.data.keys()].filter((i) => Number.isFinite(expected.data[i]));
  const pick = ({ data }: Tensor): Float32Array => Float32Array.from(finite, (i) => data[i]!);
  return [pick(actual), pick(expected)];
}
