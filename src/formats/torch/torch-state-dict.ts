// The named tensors of whatever object a training script saved.
import { UserError } from '../../base/errors.ts';
import { PyObject } from './pickle-values.ts';
import { TorchTensor } from './torch-tensor.ts';

/** Keys under which training scripts keep the state dict. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model', 'module'] as const;
const DEPTH_LIMIT = 64;

/**
 * Find the named tensors in the object of a torch file: a state dict, a dict that holds one, or a TorchScript module,
 * whose names are the paths through its submodules. Other values among them are left out.
 */
export function stateDictOf(value: unknown, name: string): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  if (value instanceof PyObject) {
    collect(value, '', tensors, 0);
  } else if (value instanceof Map) {
    for (const [key, item] of value)
      if (item instanceof TorchTensor) tensors.set(String(key), item);
    const wrapper = WRAPPERS.find((key) => value.get(key) instanceof Map);
    if (tensors.size === 0 && wrapper !== undefined) return stateDictOf(value.get(wrapper), name);
  }
  if (tensors.size === 0) {
    throw new UserError(`invalid torch file: '${name}' holds no state dict`, {
      hint: 'expected named tensors, at the top or under state_dict or model',
    });
  }
  return withoutParallelPrefix(tensors);
}

/** Training on several devices puts `module.` before every name. */
function withoutParallelPrefix(tensors: Map<string, TorchTensor>): Map<string, TorchTensor> {
  if (![...tensors.keys()].every((key) => key.startsWith('module.'))) return tensors;
  return new Map([...tensors].map(([key, tensor]) => [key.slice('module.'.length), tensor]));
}

function collect(
  module: PyObject,
  prefix: string,
  tensors: Map<string, TorchTensor>,
  depth: number,
): void {
  if (depth > DEPTH_LIMIT)
    throw new UserError('invalid torch file: its modules are nested too deeply');
  for (const [key, item] of module.state) {
    if (item instanceof TorchTensor) tensors.set(prefix + String(key), item);
    else if (item instanceof PyObject)
      collect(item, `${prefix}${String(key)}.`, tensors, depth + 1);
  }
}
