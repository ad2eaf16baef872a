// The kinds of examples that there are, one line each. The first that fits is taken; images take what nothing else does.
import type { VisualsConfig } from './config.ts';
import { imageModality } from './images/image-examples.ts';
import type { Modality } from './modality.ts';
import { textModality } from './texts/text-examples.ts';

const MODALITIES: readonly Modality[] = [textModality, imageModality];

/** Find what kind of examples the rows of a job come from. */
export async function modalityOf(
  config: Pick<VisualsConfig, 'data'>,
  modalities: readonly Modality[] = MODALITIES,
): Promise<Modality> {
  for (const modality of modalities) if (await modality.fits(config)) return modality;
  throw new RangeError('no kind of examples takes these rows');
}
