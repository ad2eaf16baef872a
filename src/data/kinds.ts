// Kinds of image sets and of text sets: each is one object with a schema, and what a config may say is made from a list.
import { z } from 'zod';

/** Settings of one kind; the literal `type` names it. */
export type KindSchema<Type extends string = string> = z.ZodObject<{ type: z.ZodLiteral<Type> }>;

/** What has a schema with a name: a kind of image set or of text set. */
export interface Kind {
  readonly schema: KindSchema;
}

/** The settings of one of several kinds. */
type SettingsOf<Kinds extends readonly Kind[]> = z.output<Kinds[number]['schema']>;

type Unnamed<Schema extends KindSchema> = z.ZodObject<
  Omit<Schema['shape'], 'type'> & { type: z.ZodDefault<Schema['shape']['type']> },
  z.core.$strict
>;

type Options<Kinds extends readonly Kind[]> = Kinds extends readonly [
  infer First extends Kind,
  ...infer Rest extends readonly Kind[],
]
  ? [Unnamed<First['schema']>, ...{ -readonly [I in keyof Rest]: Rest[I]['schema'] }]
  : never;

/** Make one schema of the kinds' own, told apart by `type`, which may be left out for the first of them. */
export function schemaOf<const Kinds extends readonly [Kind, ...Kind[]]>(
  kinds: Kinds,
): z.ZodDiscriminatedUnion<Options<Kinds>, 'type'> {
  const [first, ...rest] = kinds.map(({ schema }) => schema);
  const { type } = first!.shape;
  const unnamed = first!
    .extend({ type: type.default(type.value) })
    .describe(first!.description ?? '');
  return z.discriminatedUnion('type', [unnamed, ...rest]) as never;
}

/** Tell whether a set is of one of the kinds. */
export function isOneOf<Kinds extends readonly Kind[]>(
  kinds: Kinds,
  config: { readonly type: string },
): config is SettingsOf<Kinds> {
  return kinds.some(({ schema }) => schema.shape.type.value === config.type);
}

/**
 * Find the kind that a config names.
 * @throws {RangeError} when the list does not have it.
 */
export function kindOf<One extends Kind>(
  kinds: readonly One[],
  { type }: { readonly type: string },
): One {
  const kind = kinds.find(({ schema }) => schema.shape.type.value === type);
  if (kind === undefined) throw new RangeError(`unknown kind: '${type}'`);
  return kind;
}
