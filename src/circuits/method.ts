// A method of finding a circuit: its name, what it can be told, and how it traces. `methods.ts` lists those there are.
import type { z } from 'zod';
import type { LanguageBackbone } from '../backbones/language/types.ts';
import type { Root } from './attribution/targets.ts';
import type { CircuitGraph } from './graph/graph.ts';
import type { PromptNames } from './graph/names.ts';
import type { TranscoderSet } from './transcoders.ts';

/** How far a trace is. */
export interface TraceProgress {
  /** What is being done, for people. */
  readonly doing: string;
  readonly done?: number;
  readonly total?: number;
}

/** Hears how far a trace is. */
export type OnTraceProgress = (progress: TraceProgress) => void;

/** What every method works on: a model, its transcoders, a prompt, and what of it is to be explained. */
export interface CircuitWorld {
  readonly backbone: LanguageBackbone;
  readonly transcoders: TranscoderSet;
  readonly tokens: readonly number[];
  readonly roots: readonly Root[];
  readonly names: PromptNames;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnTraceProgress | undefined;
}

/** What a method found. */
export interface FoundCircuit {
  readonly graph: CircuitGraph;
  /** Lines that say it in the method's own way, and the file that they go to; a summary of the graph where there are none. */
  readonly printed?: { readonly file: string; readonly lines: readonly string[] };
}

/** A way to find a circuit. */
export interface CircuitMethod<
  Name extends string = string,
  Fields extends z.ZodRawShape = z.ZodRawShape,
> {
  /** Value of `mode`. */
  readonly name: Name;
  /** What one gets, for `--help`: `the whole graph`. */
  readonly gives: string;
  /** Settings of its own, by their names. */
  readonly fields: Fields;
  /** Find the circuit. Whatever is heavy is imported here, so that the settings alone stay light. */
  trace(world: CircuitWorld, settings: z.output<z.ZodObject<Fields>>): Promise<FoundCircuit>;
}

/** Give a method with the types of its name and its settings. */
export function circuitMethod<const Name extends string, Fields extends z.ZodRawShape>(
  method: CircuitMethod<Name, Fields>,
): CircuitMethod<Name, Fields> {
  return method;
}
