// Opening the text tower beside an image tower: in the same file, with a tokenizer beside it.
import { UserError } from '../../base/errors.ts';
import { openSession } from '../../compute/onnx/session.ts';
import type { HubOptions } from '../../hub/client.ts';
import { openWeights, type Weights } from '../weights.ts';
import type { FoundTexts } from './config.ts';
import { openClipTextTower } from './open-clip-tower.ts';
import { type Comparison, textTower } from './text-tower.ts';
import { promptTokenizer } from './tokenizer.ts';
import type { TextTower } from './types.ts';

/**
 * Open the text tower of a checkpoint.
 * @throws {UserError} when it has none, when it is of a kind that cannot be read, and when its tokenizer is not at hand
 */
export async function openTextTower(
  path: string,
  texts: FoundTexts | undefined,
  options: HubOptions & { readonly threads?: number | undefined },
): Promise<TextTower> {
  if (texts === undefined) throw new UserError('nothing says what its text tower is like');
  if ('unsupported' in texts) throw new UserError(texts.unsupported);
  const { config, tokenizer: place } = texts;
  const { threads, ...hub } = options;
  const weights = await openWeights(path);
  try {
    const read = openClipTextTower(weights, config);
    const comparison = await comparisonOf(weights);
    const tokenizer = await promptTokenizer(config, place, hub);
    const { folder: weightsFolder } = weights;
    const { signal } = hub;
    return textTower(read, {
      ...{ tokenizer, config, comparison, weightsFolder },
      ...{ openSession, threads, signal },
    });
  } finally {
    await weights.close();
  }
}

async function comparisonOf(weights: Weights): Promise<Comparison> {
  const number = async (name: string): Promise<number | undefined> =>
    weights.has(name) ? (await weights.read(name))[0] : undefined;
  const logitScale = await number('logit_scale');
  if (logitScale === undefined) throw new UserError("the checkpoint holds no 'logit_scale'");
  return {
    logitScale,
    logitBias: await number('logit_bias'),
    imageProjection: weights.has('visual.proj') ? await weights.read('visual.proj') : undefined,
  };
}
