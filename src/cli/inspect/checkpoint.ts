// A checkpoint of a sparse autoencoder.
import { bytes, number, short } from '../../base/text.ts';
import { describeCheckpoint, looksLikeCheckpoint } from '../../sae/checkpoints/registry.ts';
import { type CoderConfig, isTranscoder } from '../../sae/coder.ts';
import { languageOfCoder, trainingTextsText } from '../../training/runs/language-of-coder.ts';
import type { Description } from './description.ts';

/** Describe a checkpoint; undefined when there is none at `path`. */
export async function describeCheckpointAt(path: string): Promise<Description | undefined> {
  if (!(await looksLikeCheckpoint(path))) return undefined;
  const { format, variant, config, tensors, obstacle } = await describeCheckpoint(path);
  const numbers = tensors.reduce(
    (sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1),
    0,
  );
  const activation = activationText(config.activation);
  const metadata = Object.entries(config.metadata).filter(([, value]) => typeof value !== 'object');
  const texts = trainingTextsText(await languageOfCoder(config));
  return {
    kind: 'checkpoint',
    path,
    summary: `${variant}, ${activation}, ${number(config.dIn)} to ${number(config.dSae)}${obstacle === undefined ? '' : ', cannot be loaded'}`,
    facts: [
      ['format', variant],
      ...(obstacle === undefined ? [] : [['cannot be loaded', obstacle] as const]),
      ['activation', activation],
      ['width', `${number(config.dIn)} in, ${number(config.dOut)} out`],
      ['latents', number(config.dSae)],
      ['encodes', config.subtractDecoderBias ? 'x - b_dec' : 'x'],
      ...(obstacle === undefined ? [['inputs', inputsText(config)] as const] : []),
      ...placeFacts(config),
      ...(texts === undefined ? [] : [['trained on', texts] as const]),
      ['parameters', `${number(numbers)}, ${bytes(numbers * 4)} as float32`],
      ['tensors', tensors.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ')],
      ...(metadata.length === 0
        ? []
        : [
            ['written with', metadata.map(([key, value]) => `${key} ${value}`).join(', ')] as const,
          ]),
    ],
    data: { format, variant, config, tensors, ...(obstacle === undefined ? {} : { obstacle }) },
  };
}

/** The model that a coder belongs to, and its hook points there. */
function placeFacts(config: CoderConfig): [string, string][] {
  const { model, input, output, head } = config.place ?? {};
  const facts: [string, string | undefined][] = [
    ['model', model],
    ['reads', input && (head === undefined ? input : `${input}, head ${head}`)],
    ['reconstructs', isTranscoder(config) ? output : undefined],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

/** What is done with a row before it is encoded. */
function inputsText({ normalization, isScaleUnsaid }: CoderConfig): string {
  if (isScaleUnsaid) return 'centred and scaled in training, by numbers that are not in the file';
  const { mean, scale } = normalization ?? {};
  const parts = [
    ...(mean === undefined ? [] : ['less a mean']),
    ...(scale === undefined || scale === 1 ? [] : [`divided by ${short(scale)}`]),
  ];
  return parts.length === 0 ? 'as the model has them' : `${parts.join(', ')}, before encoding`;
}

function activationText(activation: CoderConfig['activation']): string {
  return 'k' in activation ? `${activation.kind}, k ${activation.k}` : activation.kind;
}
