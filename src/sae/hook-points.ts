// Where in a model a coder reads and writes, as its checkpoint says.
import { parseHook } from '../backbones/hook-points.ts';
import { UserError } from '../base/errors.ts';
import { PLACE_FIELDS } from './checkpoints/place-fields.ts';
import type { CoderConfig, CoderPlace } from './coder.ts';

/**
 * Say where a coder belongs. `name` is what errors call it.
 * @throws {UserError} when its checkpoint does not say, or says two things at once
 */
export function hookPointsOf(
  { config }: { readonly config: CoderConfig },
  name = 'the coder',
): CoderPlace {
  const { model, input, output, layer, head } = config.place ?? {};
  if (input === undefined) throw missing('input', PLACE_FIELDS.input, name);
  if (output === undefined) throw missing('output', PLACE_FIELDS.output, name);
  const block = parseHook(input)?.layer;
  if (block !== undefined && layer !== undefined && block !== layer) {
    throw new UserError(`invalid checkpoint: ${name} reads '${input}', but its layer is ${layer}`);
  }
  const found = block ?? layer;
  if (found === undefined) throw missing('layer', PLACE_FIELDS.layer, name);
  return { model, input, output, layer: found, head };
}

function missing(what: string, keys: readonly string[], name: string): UserError {
  const place = what === 'layer' ? 'layer' : `${what} hook point`;
  return new UserError(`missing ${place}: ${name} does not say where in its model it belongs`, {
    hint: `its config names it ${keys.join(' or ')}`,
  });
}
