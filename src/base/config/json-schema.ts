// JSON Schema of a job: what a person may write, for forms and editors, and the source of everything else here.
import { z } from 'zod';

/** A setting of another program that has no counterpart. */
export interface Foreign {
  /** What to do instead, as a hint says it. */
  readonly instead: string;
  /** Values that ask for nothing else than what is done anyway: a file may hold them. */
  readonly idle?: readonly unknown[];
}

/** The part of JSON Schema that the schemas of jobs use; the last ones come from `.meta()`. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  /** Tables of which one is chosen by a key that they share. */
  readonly oneOf?: readonly JsonSchema[];
  /** Kinds of single values. */
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly group?: string;
  readonly env?: string;
  readonly alias?: string | readonly string[];
  /** Further words for values that are chosen: `{ None: 'constant' }`. */
  readonly words?: Readonly<Record<string, string>>;
  /** Of tables of which one is chosen: a file need not say which, where its other keys do. */
  readonly inferred?: boolean;
  /** Of a job: names of other programs that are no settings here, and what stands in their place. */
  readonly foreign?: Readonly<Record<string, Foreign>>;
  readonly positional?: boolean;
  readonly several?: boolean;
}

/** Write a job's schema as JSON Schema (draft 2020-12) of its input. */
export function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}
