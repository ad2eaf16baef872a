// How well an image fits typed texts, by a model that reads both: cosines of its vector with theirs, as probabilities.
import type { EmbeddedTexts, TextTower } from '../../../backbones/text-tower/types.ts';
import type { VisionBackbone } from '../../../backbones/types.ts';
import { UserError } from '../../../base/errors.ts';
import type { ImageReader, ImageSectionKind } from './image-section.ts';
import { largestOfBoth } from './probabilities.ts';

const OUTPUT = 'output';

/** Probabilities of prompts. */
export const zeroShot: ImageSectionKind = {
  kind: 'zero-shot',
  async readers({ prompts: typed, templates, editable: { backbone } }) {
    const prompts = [...new Set(typed)];
    if (prompts.length === 0) return { readers: [], reasons: [] };
    const tower = await towerOf(backbone);
    if (typeof tower === 'string') return { readers: [], reasons: [tower] };
    const { vectors, cut } = await embedPrompts(tower, prompts, templates);
    const reasons = cut.map(
      (i) =>
        `The end of the prompt '${shortened(prompts[i]!)}' is not read: the model reads ${tower.contextLength} tokens.`,
    );
    if (prompts.length === 1 && tower.isShared)
      reasons.push('One prompt alone has a probability of 100%: type a second one to compare.');
    return { readers: [readerOf(tower, prompts, vectors)], reasons };
  },
};

function readerOf(
  tower: TextTower,
  prompts: readonly string[],
  vectors: readonly Float32Array[],
): ImageReader {
  return {
    record: [OUTPUT],
    async read(before, after) {
      const [was, is] = [before, after].map((values) => {
        const image = tower.imageVector(values.get(OUTPUT)!);
        const cosines = vectors.map((text) => dot(text, image));
        return { cosines, probabilities: Float64Array.from(tower.probabilities(cosines)) };
      });
      const order = largestOfBoth(was!.probabilities, is!.probabilities, prompts.length);
      return {
        kind: 'zero-shot',
        isShared: tower.isShared,
        prompts: order.map((i) => ({
          name: prompts[i]!,
          before: was!.probabilities[i]!,
          after: is!.probabilities[i]!,
          cosine: { before: was!.cosines[i]!, after: is!.cosines[i]! },
        })),
      };
    },
  };
}

/** Vectors of prompts, each the mean over the templates around it, of length 1, as CLIP's authors take them. */
async function embedPrompts(
  tower: TextTower,
  prompts: readonly string[],
  templates: readonly string[],
): Promise<EmbeddedTexts> {
  if (templates.length === 0) return tower.embed(prompts);
  const texts = prompts.flatMap((prompt) =>
    templates.map((template) => template.replaceAll('{}', () => prompt)),
  );
  const { vectors, cut } = await tower.embed(texts);
  return {
    vectors: prompts.map((_, i) =>
      meanDirection(vectors.slice(i * templates.length, (i + 1) * templates.length)),
    ),
    cut: [...new Set(cut.map((i) => Math.floor(i / templates.length)))],
  };
}

function meanDirection(vectors: readonly Float32Array[]): Float32Array {
  const sum = Float64Array.from(vectors[0]!, (_, j) => vectors.reduce((all, x) => all + x[j]!, 0));
  const length = Math.sqrt(dot(sum, sum)) || 1;
  return Float32Array.from(sum, (x) => x / length);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The tower, or a sentence that says why there is none. */
async function towerOf(backbone: VisionBackbone): Promise<TextTower | string> {
  if (backbone.textTower === undefined)
    return (
      whyNoPrompts(backbone) ??
      notCompared(`the text tower of ${backbone.checkpoint} is not at hand here`)
    );
  try {
    return await backbone.textTower();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, hint } = error;
    return notCompared(hint === undefined ? message : `${message} (${hint})`);
  }
}

/**
 * Say why a model cannot compare an image with texts, as far as its name tells; `reason` is what is known of its text
 * tower.
 */
export function whyNoPrompts(
  { family, checkpoint }: Pick<VisionBackbone, 'family' | 'checkpoint'>,
  reason?: string,
): string | undefined {
  if (family !== 'clip' && family !== 'siglip')
    return notCompared(`${checkpoint} reads images alone, no texts`);
  return reason === undefined ? undefined : notCompared(reason);
}

function notCompared(reason: string): string {
  return `Prompts are not compared: ${reason}.`;
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
