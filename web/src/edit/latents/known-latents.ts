// What is known of latents: their largest values, and what the page of features calls them.
import { useMemo } from 'react';
import { EDIT_ROUTES } from '../../../../src/pages/edit.ts';
import { FEATURE_ROUTES } from '../../../../src/pages/feature-page.ts';
import { unpackIndex } from '../../../../src/pages/features/packed-index.ts';
import type { PageSource } from '../../../../src/pages/source.ts';
import { useLoaded } from '../../shared/use-loaded.ts';

/** What is known of the latents of a model. */
export interface KnownLatents {
  /** The largest value seen of a latent; undefined where nobody looked. */
  largest(latent: number): number | undefined;
  /** What a latent is called, where a page says it. */
  name(latent: number): string | undefined;
  /** Latents whose number or name begins with or holds some words, at most `count`. */
  find(words: string, count: number): number[];
}

/** Load what is known; `features` is the page that shows the latents. */
export function useKnownLatents(
  source: PageSource,
  { model, nLatents, features }: { model: string; nLatents: number; features: string | undefined },
): KnownLatents {
  const seen = useLoaded(model, () => source.get(EDIT_ROUTES.largest(model)));
  const page = useLoaded(`${model} ${features}`, async () =>
    features === undefined
      ? undefined
      : unpackIndex(await source.get(FEATURE_ROUTES.index(features))),
  );
  return useMemo(() => {
    const columns = page?.value?.features;
    const names = new Map<number, string>();
    columns?.latent.forEach((latent, i) => {
      const name = columns.label[i];
      if (name) names.set(latent, name);
    });
    return {
      largest: (latent) => seen?.value?.largest?.[latent],
      name: (latent) => names.get(latent),
      find(words, count) {
        const wanted = words.trim().toLowerCase();
        if (wanted === '') return [];
        const found: number[] = [];
        if (/^\d+$/.test(wanted) && Number(wanted) < nLatents) found.push(Number(wanted));
        for (const [latent, name] of names) {
          if (found.length >= count) break;
          const isMeant = name.toLowerCase().includes(wanted) || String(latent).startsWith(wanted);
          if (isMeant && !found.includes(latent)) found.push(latent);
        }
        return found;
      },
    };
  }, [seen, page, nLatents]);
}
