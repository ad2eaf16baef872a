// Models as JSON beside a file of their weights: written where checkpoints can be read, run where they cannot, as in the
// pages of a browser.
import { type FileRange, input, type Value } from '../compute/onnx/graph.ts';
import {
  type PortableValues,
  packValues,
  unpackValues,
  withInputs,
} from '../compute/onnx/portable.ts';
import type { LanguageParts } from './language/graph/language.ts';
import type { VisionParts } from './vision/vision-graph.ts';

/** Says where the bytes of a weight will stand. */
export type PlaceWeight = (range: FileRange) => FileRange;

/** What stands for the tokens in the computation of a vision transformer's result. */
const TOKENS = ['normed', 'residual'] as const;

/** Write the parts of a vision transformer as JSON. */
export function packVision(parts: VisionParts, place: PlaceWeight): PortableValues {
  const { nPatches, hasCls, nRegisters, dModel } = parts.config;
  const shape = ['batch', nPatches + (hasCls ? 1 : 0) + nRegisters, dModel];
  const [normed, residual] = [input(TOKENS[0], shape), input(TOKENS[1], shape)];
  return packValues({ ...parts, output: parts.output({ normed, residual }) }, place);
}

/** Read the parts of a vision transformer that {@link packVision} wrote. */
export function unpackVision(packed: PortableValues): VisionParts {
  const { output, ...parts } = unpackValues(packed) as Omit<VisionParts, 'output'> & {
    readonly output: Value;
  };
  return {
    ...parts,
    output: ({ normed, residual }) =>
      withInputs(
        output,
        new Map([
          [TOKENS[0], normed],
          [TOKENS[1], residual],
        ]),
      ),
  };
}

/** Write the parts of a language model as JSON. */
export function packLanguage(parts: LanguageParts, place: PlaceWeight): PortableValues {
  return packValues(parts, place);
}

/** Read the parts of a language model that {@link packLanguage} wrote. */
export function unpackLanguage(packed: PortableValues): LanguageParts {
  return unpackValues(packed) as LanguageParts;
}
