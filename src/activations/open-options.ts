// How a source of activations is opened, what comes of it, and what every kind of source does alike.
import type { DataLoad } from './config.ts';
import type { IgnoreConfig } from './ignored/config.ts';
import type { Scaling } from './reading/scaling.ts';
import type { TextModel } from './recording/text-model.ts';
import type { ActivationSource } from './types.ts';
import type { ValidationChoice, ValidationRows } from './validation/rows.ts';

/** Activations and how their rows are scaled. */
export interface OpenedSource {
  readonly source: ActivationSource;
  /** What was done to each row. */
  readonly scaling: Scaling;
  /** The language model that runs along, and its tokenizer; the source closes them. */
  readonly language?: Pick<TextModel, 'backbone' | 'tokenizer'>;
  /** Rows to validate on, where they were asked for; the source closes them. */
  readonly validation?: ValidationRows;
}

/** Contexts for each one held out, at least. */
export const HOLD_OUT_FROM = 20;

/** How a source of activations is opened. */
export interface OpenOptions {
  readonly signal?: AbortSignal;
  readonly scaling?: Scaling;
  readonly threads?: number;
  /**
   * Contexts of texts that no batch should take, the first ones: held out where there are 20 times as many. Where there are
   * rows to validate on, these take their place.
   */
  readonly holdOut?: number;
  /** Rows to validate on. */
  readonly validation?: ValidationChoice | undefined;
  /** Rows that no batch has, of these either. */
  readonly ignore?: IgnoreConfig | undefined;
}

/** Contexts that are held out of a set: as many as wanted, or, of a small set, none. */
export function heldOutOf(
  nContexts: number,
  { holdOut = 0, validation }: Pick<OpenOptions, 'holdOut' | 'validation'>,
): number {
  return validation === undefined && holdOut * HOLD_OUT_FROM <= nContexts ? holdOut : 0;
}

/** How rows are read, wherever they come from. */
export type Reading = Omit<DataLoad, 'shardRoot' | 'live' | 'language' | 'synthetic'> &
  Pick<OpenOptions, 'signal' | 'scaling' | 'threads'>;

/** Take out of settings and options how rows are read. */
export function readingOf(config: DataLoad, options: OpenOptions): Reading {
  const {
    shardRoot: _,
    live: _live,
    language: _language,
    synthetic: _synthetic,
    ...reading
  } = config;
  const { holdOut: _holdOut, validation: _validation, ignore: _ignore, ...rest } = options;
  return { ...reading, ...rest };
}

/** One of several sources that are wanted of the same examples. */
export interface WantedSource {
  readonly data: DataLoad;
  /** Rows that no batch has. */
  readonly ignore?: IgnoreConfig | undefined;
  /** Scaling to use as it is. */
  readonly scaling?: Scaling;
}

/** How several sources of the same examples are opened. */
export type SharedOpenOptions = Omit<OpenOptions, 'ignore' | 'scaling'>;

/** Open the rows to validate on beside each source, which closes its own. */
export async function withValidation(
  opened: readonly OpenedSource[],
  open: () => Promise<ValidationRows[]>,
): Promise<OpenedSource[]> {
  try {
    const validations = await open();
    return opened.map((each, i) => {
      const validation = validations[i]!;
      const source = closingWith(each.source, () => validation.source.close());
      return { ...each, source, validation };
    });
  } catch (error) {
    for (const { source } of opened) await source.close();
    throw error;
  }
}

/** A source that closes more than itself. Its own properties change as examples turn out broken: they are not copied. */
export function closingWith<Source extends ActivationSource>(
  source: Source,
  more: () => Promise<void>,
): Source {
  const close = async (): Promise<void> => {
    await source.close();
    await more();
  };
  return Object.create(source, { close: { value: close } }) as Source;
}

/** Call what closes something that several share when the last of them is closed. */
export function whenLast(n: number, close: () => Promise<void>): () => Promise<void> {
  let left = n;
  return async () => {
    if (--left === 0) await close();
  };
}
