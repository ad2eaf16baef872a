import { formatCount } from '../shared/format.ts';

/** The number of a latent, which opens its feature where a page of features is known. */
export function LatentLink({ features, latent }: { features: string | undefined; latent: number }) {
  const text = formatCount(latent);
  if (features === undefined) return <>{text}</>;
  return (
    <a href={`${features}#f=${latent}`} aria-label={`Latent ${text} on the page of features`}>
      {text}
    </a>
  );
}
