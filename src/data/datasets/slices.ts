// Parts of splits as `datasets.load_dataset` names them: `train[:10%]`, `train[100:200]`, `train+validation[-5%:]`.
import { UserError } from '../../base/errors.ts';
import type { DataOrigin } from '../files/data-origin.ts';
import type { ImageDataset } from '../images/images.ts';
import { checkIndex } from './dataset-kind.ts';

/** A part of one split; a bound that is not there is that of the split. */
export interface SplitSlice {
  readonly split: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** Whether bounds are percents, and of what kind: rounded to the closest row, or multiples of a hundredth of them. */
  readonly unit: 'rows' | 'closest' | 'pct1_dropremainder';
}

const FORM =
  /^(?<split>[\p{L}\p{N}_]+(?:\.[\p{L}\p{N}_]+)*)(?<slice>\[(?:(?<from>-?\d+(?:_\d+)*)(?<fromPercent>%)?)?:(?:(?<to>-?\d+(?:_\d+)*)(?<toPercent>%)?)?\])?(?:\((?<rounding>[^)]*)\))?$/u;

/**
 * Read the parts that a split's name adds up. A name that is no such sum is a split as it stands.
 * @throws {UserError} for a slice that `datasets` would refuse.
 */
export function parseSlices(name: string): SplitSlice[] {
  if (!/[[\]+(]/.test(name)) return [{ split: name, from: undefined, to: undefined, unit: 'rows' }];
  const slices = name.split(/\s*\+\s*/).map((part) => parseSlice(part, name));
  const kinds = new Set(slices.map(({ unit }) => unit).filter((unit) => unit !== 'rows'));
  if (kinds.size > 1) throw invalid(name, 'percents are rounded in one way only');
  return slices;
}

function parseSlice(part: string, name: string): SplitSlice {
  const groups = FORM.exec(part)?.groups;
  if (groups === undefined) throw invalid(name, "a part is written as in 'train[:10%]'");
  const { split, from, to, fromPercent, toPercent, rounding } = groups;
  const isPercent = fromPercent !== undefined || toPercent !== undefined;
  const bounds = [from, to].map((text) =>
    text === undefined ? undefined : Number(text.replaceAll('_', '')),
  );
  if (rounding !== undefined && !isPercent) throw invalid(name, 'only percents are rounded');
  if (rounding !== undefined && rounding !== 'closest' && rounding !== 'pct1_dropremainder')
    throw invalid(name, "rounding is 'closest' or 'pct1_dropremainder'");
  if (isPercent && bounds.some((bound) => Math.abs(bound ?? 0) > 100))
    throw invalid(name, 'percents go from -100 to 100');
  const unit = isPercent ? (rounding ?? 'closest') : 'rows';
  return { split: split!, from: bounds[0], to: bounds[1], unit };
}

/** Whether a part is the whole of its split. */
export function isWhole({ from, to }: SplitSlice): boolean {
  return from === undefined && to === undefined;
}

function invalid(name: string, hint: string): UserError {
  return new UserError(`invalid split: '${name}'`, { hint });
}

/**
 * Find the rows of a part of a split that has `length` of them: from the first to before the second.
 * @throws {UserError} where hundredths of fewer than a hundred rows are asked for.
 */
export function rowsOfSlice(
  { split, from, to, unit }: SplitSlice,
  length: number,
): [from: number, to: number] {
  if (unit === 'pct1_dropremainder' && length < 100)
    throw new UserError(`invalid slice of '${split}': a hundredth of ${length} rows is none`);
  const rows = (bound: number): number => {
    if (unit === 'rows') return bound;
    return unit === 'closest' ? halfEven((bound * length) / 100) : bound * Math.trunc(length / 100);
  };
  const place = (bound: number): number => {
    const at = rows(bound);
    return Math.min(at < 0 ? Math.max(length + at, 0) : at, length);
  };
  return [from === undefined ? 0 : place(from), to === undefined ? length : place(to)];
}

/** Round as Python does: a half goes to the even neighbour. */
function halfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/**
 * Put parts of splits together, rows numbered through.
 * @throws {UserError} when they hold no row.
 */
export function joinSlices(
  name: string,
  parts: readonly { readonly dataset: ImageDataset; readonly slice: SplitSlice }[],
): ImageDataset {
  const ranges = parts.map(({ dataset, slice }) => {
    const [from, to] = rowsOfSlice(slice, dataset.length);
    return { dataset, from, length: Math.max(0, to - from) };
  });
  const length = ranges.reduce((sum, range) => sum + range.length, 0);
  if (length === 0) throw new UserError(`invalid split: '${name}' holds no image`);
  const find = (index: number): { dataset: ImageDataset; at: number } => {
    let at = checkIndex(index, length);
    for (const range of ranges) {
      if (at < range.length) return { dataset: range.dataset, at: range.from + at };
      at -= range.length;
    }
    throw new RangeError(`joinSlices: no row ${index}`);
  };
  const datasets = [...new Set(parts.map(({ dataset }) => dataset))];
  return {
    length,
    classes: datasets.find(({ classes }) => classes.length > 0)?.classes ?? [],
    entry(index) {
      const { dataset, at } = find(index);
      return { ...dataset.entry(at), index };
    },
    async lookUp(index) {
      const { dataset, at } = find(index);
      return { ...((await dataset.lookUp?.(at)) ?? dataset.entry(at)), index };
    },
    async image(index) {
      const { dataset, at } = find(index);
      return dataset.image(at);
    },
    ...(datasets.every(({ origin }) => origin !== undefined) && {
      origin: async () => joinOrigins(await Promise.all(datasets.map((each) => each.origin!()))),
    }),
    async close() {
      for (const dataset of datasets) await dataset.close();
    },
  };
}

/** The origin of several splits; which of their rows are read stands in the name of the split, in the metadata. */
function joinOrigins(origins: readonly DataOrigin[]): DataOrigin {
  const [first] = origins;
  if (origins.length === 1) return first!;
  return {
    where: first!.where,
    files: origins.reduce((sum, { files }) => sum + files, 0),
    bytes: origins.reduce((sum, { bytes }) => sum + bytes, 0),
    hash: origins.map(({ hash }) => hash).join('+'),
  };
}
