// Tables of settings that come in kinds, told apart by `kind`: made from the kinds' own schemas and what they share.
import { z } from 'zod';

/** Settings of one kind; the literal `kind` names it. */
export type KindSchema<Kind extends string = string> = z.ZodObject<{ kind: z.ZodLiteral<Kind> }>;

/** Name of the kind that a schema is of. */
export type KindOf<Schema extends KindSchema> = Schema['shape']['kind']['value'];

/** What has settings of its own, which its schema's descriptions put into flags, help and docs. */
export interface Kind {
  readonly schema: KindSchema;
}

type TableOf<Schema extends KindSchema, Shared, Default> = Schema extends KindSchema
  ? z.ZodObject<
      {
        kind: KindOf<Schema> extends Default
          ? z.ZodDefault<Schema['shape']['kind']>
          : Schema['shape']['kind'];
      } & Shared &
        Omit<Schema['shape'], 'kind'>,
      z.core.$strict
    >
  : never;

/** Make one table of the kinds: `kind`, which `fallback` need not say, then what all share, then a kind's own settings. */
export function tableOfKinds<
  One extends Kind,
  Shared extends z.ZodRawShape,
  Default extends KindOf<One['schema']>,
>(
  kinds: readonly One[],
  shared: Shared,
  fallback: Default,
): z.ZodDiscriminatedUnion<TableOf<One['schema'], Shared, Default>[], 'kind'> {
  const tables = kinds.map(({ schema }) => {
    const { kind, ...own } = schema.shape;
    const named = kind.value === fallback ? kind.default(fallback) : kind;
    return z.strictObject({ kind: named, ...shared, ...own }).describe(schema.description ?? '');
  });
  // The list's types are those of its schemas, which `map` cannot follow.
  return z.discriminatedUnion('kind', tables as never) as never;
}
