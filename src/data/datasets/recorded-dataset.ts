// The set of images that shards were recorded from, read back from what their metadata call it.
import { DATASET_KINDS, DatasetConfig } from './config.ts';

const CALL = /^(\w+)\((.*)\)$/s;
const FIELD = /(\w+)=('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,'"]+)(?:, |$)/gsy;

/**
 * Give the settings of the images that metadata name: `ImageFolderDataset(root='photos')`, as Python's saev and this
 * one write them. Undefined where they do not say it readably (the pickles of protocol 2.1, sets that are not known).
 */
export function recordedDataset(data: string): DatasetConfig | undefined {
  const [, name, text = ''] = CALL.exec(data) ?? [];
  const kind = DATASET_KINDS.find(({ python }) => python.original === name);
  if (kind === undefined) return undefined;
  const settings: Record<string, unknown> = { type: kind.schema.shape.type.value };
  for (const [, field, value] of text.matchAll(FIELD)) {
    // Fields that this program does not have (shuffle, seed of older versions) say nothing about the images.
    if (Object.hasOwn(kind.schema.shape, field!)) settings[field!] = pythonValue(value!);
  }
  const parsed = DatasetConfig.safeParse(settings);
  return parsed.success ? parsed.data : undefined;
}

const SHORT: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** A value as Python's `repr` writes it: texts, numbers, True, False, None. */
function pythonValue(repr: string): unknown {
  if (/^['"]/.test(repr)) {
    return repr
      .slice(1, -1)
      .replace(
        /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/gs,
        (_, x?: string, u?: string, U?: string, char?: string) =>
          char === undefined
            ? String.fromCodePoint(Number.parseInt((x ?? u ?? U)!, 16))
            : (SHORT[char] ?? char),
      );
  }
  if (repr === 'None') return undefined;
  if (repr === 'True' || repr === 'False') return repr === 'True';
  return Number(repr);
}
