// A model and its examples, as live sources need them, and the views in which their rows are read.
import type { HookPoint } from '../../backbones/hook-points.ts';
import type { RowFilter } from '../reading/row-filter.ts';
import type { Scaling } from '../reading/scaling.ts';
import type { RowSelection } from '../reading/selection.ts';
import type { Recorder } from '../recording/run-batches.ts';
import type { TextContexts } from '../types.ts';
import type { LiveExample } from './live-rows.ts';

/** Memory for the rows of a mixing buffer, unless its size is given, and for the rows of a sample. */
export const BUFFER_BYTES: number = 2 ** 29;

/** What is read of each example: from which hook points, and which rows. */
export interface LiveView {
  readonly dModel: number;
  readonly dTarget?: number | undefined;
  readonly selection: RowSelection;
  /** Rows that count; all of them where there is none. */
  readonly filter?: RowFilter | undefined;
  /** Examples whose rows its mixing buffer holds. */
  readonly bufferExamples: number;
  readonly hooks: readonly HookPoint[];
  readonly take: Recorder<never>['take'];
}

/** A view whose scaling is known. */
export interface ScaledView extends LiveView {
  readonly scaling: Scaling;
}

/** A model and its examples. */
export interface LiveFeed {
  /** What an example is called: `image`. */
  readonly noun: string;
  readonly nExamples: number;
  readonly contexts?: TextContexts | undefined;
  /** Run examples once for all views. Those given in ascending order come in that order. */
  run(
    examples: Iterable<number>,
    views: readonly ScaledView[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<LiveExample, void>;
  /** Put ascending examples in the order in which a mixed pass runs them. */
  order(examples: Uint32Array, seed: number): Uint32Array;
  /** Choose `n` of the ascending examples to compute a scaling from, ascending. */
  sample(examples: Uint32Array, n: number): Uint32Array;
  /** Most examples whose rows wait to get into a mixing buffer of so many. */
  aheadOf(bufferExamples: number): number;
}

/** Bytes that the rows of one example take. */
export function bytesPerExample({
  selection,
  dModel,
  dTarget = 0,
}: Pick<LiveView, 'selection' | 'dModel' | 'dTarget'>): number {
  return selection.rowsPerExample * (dModel + dTarget) * 4;
}

/** Hook points of several views, each once. */
export function hooksOf(views: readonly Pick<LiveView, 'hooks'>[]): HookPoint[] {
  return [...new Set(views.flatMap(({ hooks }) => hooks))];
}
