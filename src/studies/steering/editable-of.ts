// From a coder that can be asked to one whose codes can be changed, where that has a meaning.
import type { Scaling } from '../../activations/reading/scaling.ts';
import { layerHook } from '../../activations/recording/image-recorder.ts';
import type { HookPoint } from '../../backbones/hook-points.ts';
import { UserError } from '../../base/errors.ts';
import { isTranscoder } from '../../sae/coder.ts';
import type { Askable } from '../asking/askable.ts';
import { type Editable, onScaleOf } from './editable.ts';

/**
 * Give the place in the model where the codes of a coder can be changed; `scaling` is that of its inputs.
 * @throws {UserError} for coders of means over patches or layers, which cannot be put back, and for transcoders that do
 * not say where they write
 */
export function editableOf(askable: Askable, scaling: Scaling): Editable {
  const { name, coder } = askable;
  const points = placesOf(askable);
  const editing = onScaleOf(coder, scaling);
  if (askable.modality === 'text') {
    const { backbone, home } = askable;
    const head = typeof home.head === 'number' ? home.head : undefined;
    const { prependBos } = home;
    return { modality: 'text', name, coder: editing, ...points, backbone, head, prependBos };
  }
  const { backbone, home } = askable;
  const rows = home.patches === 'cls' ? 'cls' : 'patches';
  return { modality: 'image', name, coder: editing, ...points, backbone, rows };
}

/**
 * Refuse coders whose codes cannot be changed in a run of their model.
 * @throws {UserError} as {@link editableOf}
 */
export function checkCanEdit(askable: Askable): void {
  placesOf(askable);
}

function placesOf({ name, coder, home, backbone }: Askable): {
  input: HookPoint;
  output: HookPoint;
} {
  const { layer, patches, data } = home;
  if (patches === 'meanpool')
    throw new UserError(`'${name}' reads the mean over patches: an edit of it cannot be put back`);
  if (layer === 'meanpool' || layer === 'all')
    throw new UserError(
      `'${name}' reads several layers at once: an edit has no place in the model`,
    );
  const model = {
    nLayers: backbone.config.nLayers,
    checkpoint: backbone.checkpoint,
    hookPoints: [
      ...backbone.hookPoints,
      ...('optionalHookPoints' in backbone ? backbone.optionalHookPoints : []),
    ],
  };
  const input = layerHook(layer, model);
  if (!isTranscoder(coder.config)) return { input, output: input };
  const target = data.target ?? coder.config.place?.output;
  if (target === undefined) {
    throw new UserError(`'${name}' is a transcoder that does not say where it writes`, {
      hint: 'name the point with --data.target',
    });
  }
  return { input, output: layerHook(target, model) };
}
