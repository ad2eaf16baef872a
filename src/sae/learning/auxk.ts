// AuxK: latents that have not fired for long explain what the others leave over, so that they come back (Gao et al. 2024,
// arXiv 2406.04093). Programs agree on the idea and differ in its numbers.
import type { AuxTerm } from '../../compute/kernels/types.ts';

/** Whose AuxK: that of the paper and of saev, of SAELens, or of dictionary_learning. */
export type AuxRuleName = 'saev' | 'saelens' | 'dictionaryLearning';

/** One program's AuxK. */
interface AuxRule {
  /** Dead latents of a row that take part, for outputs of `dOut` numbers. */
  readonly latents: (dOut: number) => number;
  readonly coefficient: number;
  /** Only pre-activations above 0 count. */
  readonly relu: boolean;
  /** Divide the error by the variance of what is left; what multiplies it then is no squared error. */
  readonly overVariance: boolean;
  /** Fewer dead latents than could take part weigh less. */
  readonly fewerWeighLess: boolean;
}

const half = (dOut: number): number => Math.max(1, Math.floor(dOut / 2));

export const AUX_RULES: Readonly<Record<AuxRuleName, AuxRule>> = {
  saev: {
    latents: () => 512,
    coefficient: 1 / 32,
    relu: false,
    overVariance: false,
    fewerWeighLess: false,
  },
  saelens: {
    latents: half,
    coefficient: 1,
    relu: false,
    overVariance: false,
    fewerWeighLess: true,
  },
  dictionaryLearning: {
    latents: half,
    coefficient: 1 / 32,
    relu: true,
    overVariance: true,
    fewerWeighLess: false,
  },
};

/** How dead latents explain what is left over. */
export interface AuxOptions {
  readonly rule: AuxRuleName;
  /** Dead latents of a row that take part; unset: those of the rule. */
  readonly latents?: number | undefined;
  /** Weight of their loss; unset: that of the rule. */
  readonly coefficient?: number | undefined;
}

/** The most latents of a row that take part. */
export function mostAux(
  { rule, latents }: AuxOptions,
  { dOut, dSae }: { readonly dOut: number; readonly dSae: number },
): number {
  return Math.min(latents ?? AUX_RULES[rule].latents(dOut), dSae);
}

/**
 * The term of a step for the latents that `dead [dSae]` marks; undefined where there are none.
 * @throws {RangeError} when there is not one mark a latent.
 */
export function auxTerm(
  dead: Uint8Array,
  options: AuxOptions,
  shape: { readonly dOut: number; readonly dSae: number },
): AuxTerm | undefined {
  const { dOut, dSae } = shape;
  if (dead.length !== dSae) {
    throw new RangeError(`aux: expected ${dSae} marks, got ${dead.length}`);
  }
  const latents = Uint32Array.from(dead.keys()).filter((s) => dead[s] !== 0);
  if (latents.length === 0) return undefined;
  const rule = AUX_RULES[options.rule];
  const { coefficient = rule.coefficient } = options;
  const most = mostAux(options, shape);
  const share = rule.fewerWeighLess ? Math.min(1, latents.length / most) : 1;
  return {
    latents,
    k: Math.min(most, latents.length),
    relu: rule.relu,
    // What is no squared error stands beside one that is summed over dimensions there, and averaged here.
    weight: (coefficient * share) / (rule.overVariance ? dOut : 1),
    overVariance: rule.overVariance,
  };
}
