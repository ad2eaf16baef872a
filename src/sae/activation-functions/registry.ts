// Every activation function that can be trained, one line each.
import type { Selection } from '../../compute/kernels/types.ts';
import type { ActivationChoice, ActivationRule } from './activation-function.ts';
import { jumprelu } from './jumprelu.ts';
import { relu } from './relu.ts';
import { topk } from './topk.ts';

const rules: { [K in ActivationChoice['kind']]: ActivationRule<K> } = {
  relu,
  jumprelu,
  topk,
};

/** An activation function with its options filled in. */
export interface ResolvedActivation {
  readonly kind: ActivationChoice['kind'];
  readonly selection: Selection;
  readonly initialThreshold: number;
  readonly trainsThreshold: boolean;
  readonly penalty: 'l1' | 'l0' | 'none';
}

/** Look an activation function up and fill its options in. */
export function resolveActivation(choice: ActivationChoice): ResolvedActivation {
  // The key and the options come from one object, so the rule fits them.
  const rule = rules[choice.kind] as ActivationRule<never>;
  const options = choice as never;
  return {
    kind: choice.kind,
    selection: rule.selection(options),
    initialThreshold: rule.initialThreshold(options),
    trainsThreshold: rule.trainsThreshold,
    penalty: rule.penalty,
  };
}
