// JSON Schema of a job: what a person may write, for forms and editors, and the source of everything else here.
import { z } from 'zod';

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
  readonly positional?: boolean;
  readonly several?: boolean;
}

/** Write a job's schema as JSON Schema (draft 2020-12) of its input. */
export function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}
