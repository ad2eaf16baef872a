// From the schema's words for an autoencoder to those of the sae floor.
import { UserError } from '../base/errors.ts';
import type { ActivationChoice } from '../sae/activations/rule.ts';
import type { SaeConfig } from './coder-config.ts';

/** The activation function that a configuration asks for. Throws a UserError for one that cannot be trained. */
export function activationOf(sae: SaeConfig): ActivationChoice {
  switch (sae.kind) {
    case 'relu':
      return { kind: 'relu' };
    case 'jumprelu':
      return { kind: 'jumprelu', bandwidth: sae.bandwidth, threshold: sae.threshold };
    case 'topk':
      return { kind: 'topk', k: sae.k };
  }
}

/** Width of the activations; throws a UserError when the configuration says another one. */
export function checkedWidth(sae: SaeConfig, dModel: number): number {
  if (sae.dVit !== undefined && sae.dVit !== dModel) {
    throw new UserError(`invalid sae.dVit: ${sae.dVit}, but the activations have width ${dModel}`, {
      hint: 'leave it out: it is read from the data',
    });
  }
  return dModel;
}
