// Coders one at a time in a model's place, SAEs and transcoders alike: how sparse each is, and what it costs.
import { hook } from '../../backbones/hook-points.ts';
import type { Intervention, LanguageBackbone, Tokens } from '../../backbones/language/types.ts';
import { UserError } from '../../base/errors.ts';
import type { CoderPlace } from '../../sae/coder.ts';
import type { Coder } from '../../sae/open-coder.ts';
import { replaced, zeroed } from '../../training/evaluation/substitution.ts';
import { measureChanges, type ReplacementMeasure, recoveredShare } from './measure.ts';

/** A coder that is measured. */
export interface MeasuredCoder {
  /** What the person called it. */
  readonly name: string;
  readonly place: CoderPlace;
  /** Closed by whoever opened it. */
  readonly coder: Coder;
}

/** What a coder by itself costs: its reconstruction in place of what the model computes there. */
export interface CoderRow {
  readonly name: string;
  readonly kind: 'SAE' | 'transcoder';
  /** Hook point that is replaced. */
  readonly output: string;
  /** Mean number of features that fire at a position. */
  readonly l0: number;
  readonly replaced: ReplacementMeasure;
  readonly zeroed: ReplacementMeasure;
  /** Share of the loss that zeros cost which the coder brings back; null where they cost nothing. */
  readonly recovered: number | null;
}

/** On what coders are measured. */
export interface CoderTableOptions {
  readonly backbone: LanguageBackbone;
  readonly coders: readonly MeasuredCoder[];
  /** Called with the contexts of each batch for every coder that is done with it. */
  readonly onBatch?: (contexts: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Measure coders on batches of contexts, one at a time; those of one hook point share the runs of the model as it is.
 *
 * @throws {UserError} for a coder of a hook point that the model does not have.
 */
export async function measureCoders(
  batches: readonly Tokens[],
  { backbone, coders, onBatch, signal }: CoderTableOptions,
): Promise<CoderRow[]> {
  for (const { name, place } of coders) checkPlace(name, place, backbone);
  const rows = new Map<string, CoderRow>();
  for (const output of new Set(coders.map(({ place }) => place.output))) {
    const here = coders.filter(({ place }) => place.output === output);
    const counts = here.map(() => ({ fired: 0, positions: 0 }));
    const changes = here.map(
      ({ coder, place }, i) =>
        (): Intervention[] =>
          replaced({
            ...place,
            async reconstruct(acts) {
              const codes = await coder.encode(acts);
              counts[i]!.fired += codes.index.length;
              counts[i]!.positions += codes.rowStart.length - 1;
              return coder.decode(codes, acts);
            },
          }),
    );
    const { clean, measures } = await measureChanges(batches, {
      backbone,
      changes: [() => zeroed({ output }), ...changes],
      onBatch: (count) => onBatch?.(count * here.length),
      signal,
    });
    const [silent, ...each] = measures as [ReplacementMeasure, ...ReplacementMeasure[]];
    here.forEach(({ name, place }, i) => {
      const { fired, positions } = counts[i]!;
      rows.set(name, {
        name,
        kind: place.input === place.output ? 'SAE' : 'transcoder',
        output,
        l0: fired / positions,
        replaced: each[i]!,
        zeroed: silent,
        recovered: recoveredShare(clean, each[i]!, silent),
      });
    });
  }
  return coders.map(({ name }) => rows.get(name)!);
}

function checkPlace(
  name: string,
  { input, output }: CoderPlace,
  { hookPoints, optionalHookPoints }: LanguageBackbone,
): void {
  const known = [...hookPoints, ...optionalHookPoints];
  const missing = [input, output].find((point) => !known.includes(point));
  if (missing === undefined) return;
  throw new UserError(`invalid coder '${name}': the model has no '${missing}'`, {
    hint: `its hook points are named as '${hook(0, 'hook_mlp_out')}'; is this the model that it was trained on?`,
  });
}
