// Marks on features: bookmarks, names of one's own and notes, by latent. Kept in `marks.json` beside a page of features, or by
// the browser where nothing can be written.
import { type Action, action, type Path, path } from './source.ts';

/** Version of the file. */
export const MARKS_VERSION = 1;

/** What a person said of a feature. What is empty is left out. */
export interface FeatureMark {
  readonly bookmarked?: true;
  /** A name of one's own. */
  readonly name?: string;
  readonly note?: string;
}

/** The marks of a page. */
export interface Marks {
  readonly version: typeof MARKS_VERSION;
  /** Goes up with every change. */
  readonly revision: number;
  /** The autoencoder whose latents are marked, as pages name it; absent where nobody said. */
  readonly coder?: string;
  /** By latent. */
  readonly features: Readonly<Record<string, FeatureMark>>;
}

/** A change of the marks of one feature: each named part from what it was to what it is to be; `null` is nothing. */
export interface MarkChange {
  readonly latent: number;
  readonly bookmarked?: Change<true>;
  readonly name?: Change<string>;
  readonly note?: Change<string>;
}

/** From what was seen to what is wanted. */
export interface Change<T> {
  readonly from: T | null;
  readonly to: T | null;
}

/** Asks to change marks of a page. */
export interface MarksRequest {
  /** Id of the page of features. */
  readonly features: string;
  /** The autoencoder that is looked at. */
  readonly coder?: string;
  readonly changes: readonly MarkChange[];
}

/** The marks after a change. */
export interface MarksAnswer {
  readonly marks: Marks;
  /** Latents of which a part was changed by somebody else meanwhile, and is as they left it. */
  readonly conflicts: readonly number[];
}

/** Longest texts, in characters, and most features with marks. */
export const MARK_LIMITS = { name: 200, note: 10_000, features: 100_000 } as const;

/** Marks where there are none yet. */
export const NO_MARKS: Marks = { version: MARKS_VERSION, revision: 0, features: {} };

/** Name of the action. */
export const MARKS: Action<MarksRequest, MarksAnswer> = action('marks');

/** Where a program has the marks of a page of features. */
export function marksPath(id: string): Path<Marks> {
  return path('features', id, 'marks');
}

/** Parts of a mark. */
const PARTS = ['bookmarked', 'name', 'note'] as const;

/**
 * Check that marks are of an autoencoder. Where either has no name, they are taken to be.
 * @throws {Error} with a sentence, when they are of another.
 */
export function checkCoder(marks: Marks, coder: string | undefined): Marks {
  if (marks.coder !== undefined && coder !== undefined && marks.coder !== coder)
    throw new Error(
      'these marks are of the latents of another autoencoder, or of this one before it was trained on',
    );
  return marks;
}

/**
 * Apply changes to marks of an autoencoder. A part that is neither what the change saw nor what it wants was changed by
 * somebody else, and stays as it is; the rest of the change is made.
 */
export function changeMarks(
  marks: Marks,
  changes: readonly MarkChange[],
  coder: string | undefined = marks.coder,
): MarksAnswer {
  const features: Record<string, FeatureMark> = { ...marks.features };
  const conflicts = new Set<number>();
  let hasChanged = false;
  for (const change of changes) {
    const mark: Record<string, true | string | undefined> = { ...features[change.latent] };
    for (const part of PARTS) {
      const wanted = change[part];
      if (wanted === undefined) continue;
      const now = mark[part] ?? null;
      if (now === wanted.to) continue;
      if (now !== wanted.from) conflicts.add(change.latent);
      else {
        hasChanged = true;
        if (wanted.to === null) delete mark[part];
        else mark[part] = wanted.to;
      }
    }
    if (Object.keys(mark).length === 0) delete features[change.latent];
    else features[change.latent] = mark as FeatureMark;
  }
  const revision = marks.revision + (hasChanged ? 1 : 0);
  const changed: Marks = {
    version: MARKS_VERSION,
    revision,
    ...(coder !== undefined && { coder }),
    features,
  };
  return { marks: changed, conflicts: [...conflicts] };
}

/** The changes that bring the marks of one page to another: what the other says wins, what it does not say stays. */
export function changesTo(marks: Marks, other: Marks): MarkChange[] {
  return Object.entries(other.features).map(([latent, wanted]) => {
    const mark = marks.features[latent] ?? {};
    const said = PARTS.filter((part) => wanted[part] !== undefined);
    return {
      latent: Number(latent),
      ...Object.fromEntries(
        said.map((part) => [part, { from: mark[part] ?? null, to: wanted[part]! }]),
      ),
    };
  });
}

/**
 * Check marks as they were read.
 * @throws {Error} with a sentence, when they are none.
 */
export function checkMarks(value: unknown): Marks {
  const { version, revision = 0, coder, features } = (value ?? {}) as Partial<Marks>;
  if (typeof version === 'number' && version !== MARKS_VERSION)
    throw new Error(`these are marks of version ${version}, not ${MARKS_VERSION}`);
  if (version === undefined || typeof features !== 'object' || features === null)
    throw new Error('these are no marks of features');
  if (!Number.isSafeInteger(revision) || revision < 0)
    throw new Error('the revision of these marks is no whole number');
  if (coder !== undefined && typeof coder !== 'string')
    throw new Error('the autoencoder of these marks is no text');
  const entries = Object.entries(features);
  if (entries.length > MARK_LIMITS.features)
    throw new Error(`these marks are of more than ${MARK_LIMITS.features} features`);
  return {
    version: MARKS_VERSION,
    revision,
    ...(coder !== undefined && { coder }),
    features: Object.fromEntries(entries.map(([latent, mark]) => [latent, checked(latent, mark)])),
  };
}

function checked(latent: string, mark: unknown): FeatureMark {
  if (!/^(0|[1-9]\d{0,8})$/.test(latent)) throw new Error(`'${latent}' is no latent`);
  const { bookmarked, name, note } = (mark ?? {}) as Partial<Record<keyof FeatureMark, unknown>>;
  const text = (part: 'name' | 'note', said: unknown): Partial<FeatureMark> => {
    if (said === undefined || said === '') return {};
    if (typeof said !== 'string' || said.length > MARK_LIMITS[part])
      throw new Error(`the ${part} of ${latent} is no text of ${MARK_LIMITS[part]} characters`);
    return { [part]: said };
  };
  if (bookmarked !== undefined && typeof bookmarked !== 'boolean')
    throw new Error(`the bookmark of ${latent} is neither true nor false`);
  return { ...(bookmarked && { bookmarked }), ...text('name', name), ...text('note', note) };
}
