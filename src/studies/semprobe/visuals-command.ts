// The visuals of the latents that a probe found: as settings, and as the command that a person types.
import { VisualsConfig } from '../../visuals/config.ts';
import type { SemprobeScores } from './score.ts';

/** Ranges and numbers of the original's command. */
const FREQUENCIES: readonly [number, number] = [-4, -1];
const VALUES: readonly [number, number] = [-1, 1];
const MORE = 10;

/** Settings of `visuals` that show the latents of a probe, and a few others. */
export function visualsOf(
  { ckpt, data, images, latents }: Pick<SemprobeScores, 'ckpt' | 'data' | 'images' | 'latents'>,
  dumpTo: string,
): VisualsConfig {
  return VisualsConfig.parse({
    ckpt,
    data,
    images,
    includeLatents: [...latents],
    logFreqRange: [...FREQUENCIES],
    logValueRange: [...VALUES],
    nLatents: latents.length + MORE,
    dumpTo,
  });
}

/** The command that does the same. */
export function visualsCommand(
  { ckpt, data, images, latents }: Pick<SemprobeScores, 'ckpt' | 'data' | 'images' | 'latents'>,
  dumpTo: string,
): string {
  const word = (value: unknown): string => {
    const text = String(value);
    return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  };
  const root = 'root' in images ? ['--images.root', word(images.root)] : [];
  const rows =
    data.live === undefined
      ? ['--data.shard-root', word(data.shardRoot)]
      : [
          `--data.live.vit-family ${data.live.vitFamily}`,
          ...(data.live.vitCkpt === undefined
            ? []
            : [`--data.live.vit-ckpt ${word(data.live.vitCkpt)}`]),
          `--data.live.images.type ${images.type}`,
          ...root.map((part) => part.replace('--images', '--data.live.images')),
        ];
  return [
    'saev visuals',
    `--ckpt ${word(ckpt)}`,
    ...rows,
    `--data.layer ${word(data.layer)}`,
    ...(data.patches === 'patches' ? [] : [`--data.patches ${data.patches}`]),
    ...(data.scaleMean === false ? ['--data.no-scale-mean'] : []),
    ...(data.scaleNorm === false ? ['--data.no-scale-norm'] : []),
    `--images.type ${images.type}`,
    ...root,
    `--include-latents ${latents.join(' ')}`,
    `--log-freq-range ${FREQUENCIES.join(' ')}`,
    `--log-value-range ${VALUES.join(' ')}`,
    `--n-latents ${latents.length + MORE}`,
    `--dump-to ${word(dumpTo)}`,
  ].join(' ');
}
