// Answers as pictures: a folder for each example and coder, a file for each of its strongest latents.
import { basename, join } from 'node:path';
import { writeFileAtomic, writeJsonAtomic } from '../../../base/files.ts';
import { makeFolder } from '../../../base/folders.ts';
import { encodePng } from '../../../data/images/encode.ts';
import type { RgbImage } from '../../../data/images/images.ts';
import type { ImageTransform } from '../../../data/images/transform.ts';
import type { LatentAnswer, LatentsAnswer } from '../../../pages/ask.ts';
import { drawExample } from '../../../visuals/images/example-picture.ts';
import type { Askable } from '../askable.ts';
import type { AnsweredExample, ReadExample } from './answered-example.ts';
import { textHtml } from './text-html.ts';

/** An answer with what it is about. */
interface Drawn {
  readonly answered: AnsweredExample;
  readonly given: ReadExample;
  readonly askable: Askable;
}

/**
 * Write answers into a new folder: of an image, the image as the model saw it under the heat map of each latent; of a
 * text, one page with its tokens highlighted; and each answer as JSON. Returns the paths.
 */
export async function writeAnswers(out: string, drawn: readonly Drawn[]): Promise<string[]> {
  const written: string[] = [];
  const taken = new Set<string>();
  for (const { answered, given, askable } of drawn) {
    const folder = join(
      out,
      freeName(`${plain(given.name)}/${plain(basename(askable.name))}`, taken),
    );
    await makeFolder(folder);
    const { answer, known } = answered;
    const latents = latentsOf(answer);
    if ('image' in given && askable.modality === 'image') {
      const { transform } = askable.backbone;
      const plainFile = join(folder, 'image.png');
      await writeFileAtomic(plainFile, await encodePng(plainPicture(given.image, transform)));
      written.push(plainFile);
      if (answer.seen.kind === 'image' && answer.seen.side > 0) {
        for (const [rank, latent] of latents.entries()) {
          const upper = known.get(latent.latent)?.max || latent.max;
          const values = mapOf(latent, answer);
          const picture = drawExample(given.image, { view: transform, values, upper });
          const file = join(folder, `${String(rank + 1).padStart(2, '0')}-${latent.latent}.png`);
          await writeFileAtomic(file, await encodePng(picture));
          written.push(file);
        }
      }
    } else if (answer.seen.kind === 'text') {
      const file = join(folder, 'text.html');
      await writeFileAtomic(file, textHtml(answer, latents, known));
      written.push(file);
    }
    const json = join(folder, 'answer.json');
    await writeJsonAtomic(json, withoutPicture(answer));
    written.push(json);
  }
  return written;
}

/** The answer without the picture, which lies beside it. */
export function withoutPicture(answer: LatentsAnswer): object {
  if (answer.seen.kind === 'text') return answer;
  const { picture: _, ...seen } = answer.seen;
  return { ...answer, seen };
}

function plainPicture(image: RgbImage, view: ImageTransform): RgbImage {
  return drawExample(image, { view, upper: 1 });
}

/** The strongest latents, and behind them those that were asked for and are not among them. */
function latentsOf({ strongest, asked }: LatentsAnswer): LatentAnswer[] {
  const shown = new Set(strongest.map(({ latent }) => latent));
  return [...strongest, ...asked.filter(({ latent }) => !shown.has(latent))];
}

/** A latent's values on the patches, those of other rows left out. */
function mapOf({ positions, values }: LatentAnswer, { seen }: LatentsAnswer): Float32Array {
  if (seen.kind !== 'image') throw new TypeError('a map of patches of a text');
  const dense = new Float32Array(seen.side ** 2);
  for (const [i, position] of positions.entries()) {
    if (position >= seen.lead) dense[position - seen.lead] = values[i]!;
  }
  return dense;
}

/** A name that is safe as that of a file. */
function plain(name: string): string {
  const safe = basename(name)
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+|[.-]+$/g, '')
    .slice(0, 60);
  return safe === '' ? 'example' : safe;
}

function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = name.replace('/', `-${n}/`);
  taken.add(free);
  return free;
}
