import { formatCount } from '../shared/format.ts';

/** The number of a latent, which opens its feature where a page of features is known. */
export function LatentLink({ features, latent }: { features: string | undefined; latent: number }) {
  const text = formatCount(latent);
  if (features === undefined) return <>{text}</>;
  return (
    <a href={addressOf(features, latent)} aria-label={`Latent ${text} on the page of features`}>
      {text}
    </a>
  );
}

/** The state of a view of the workbench stands behind a `?`, that of a page of its own behind the `#`. */
function addressOf(features: string, latent: number): string {
  return `${features}${features.startsWith('#/') ? '?' : '#'}f=${latent}`;
}
