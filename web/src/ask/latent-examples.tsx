// The strongest examples of a latent, from the page of features of its model.
import {
  FEATURE_ROUTES,
  type ImagePageIndex,
  type TextChunk,
} from '../../../src/pages/feature-page.ts';
import type { PageSource } from '../../../src/pages/source.ts';
import { tokensOf } from '../examples/contexts.ts';
import { heatOf, ImageExample } from '../examples/image-example.tsx';
import { TokenLine } from '../examples/token-line.tsx';
import { tintOf } from '../examples/token-span.tsx';
import { formatValue } from '../shared/format.ts';
import { type LatentPage, type PageFeature, useLatentFeature } from './latent-page.ts';
import './latent-examples.css';

/** Examples that are shown, and tokens around that of a text. */
const [IMAGES, TEXTS, REACH] = [6, 8, 24];

/** Show a latent's examples, or say why there are none. */
export function LatentExamples(props: {
  source: PageSource;
  page: LatentPage | undefined;
  /** Whether the model has a page at all. */
  hasPage: boolean;
  /** Why it cannot be read. */
  fault: string | undefined;
  latent: number;
  opacity: number | undefined;
}) {
  const { source, page, hasPage, fault, latent, opacity } = props;
  const loaded = useLatentFeature(source, page, latent);
  if (!hasPage) {
    return (
      <p className="latent-examples-none">
        There is no page of features of this model: <code>saev visuals RUN</code> finds the
        strongest examples of its latents.
      </p>
    );
  }
  if (fault !== undefined) {
    return <p className="latent-examples-none">The page of features cannot be read: {fault}</p>;
  }
  if (page === undefined || loaded === undefined)
    return <p className="latent-examples-none">Loading examples…</p>;
  if (loaded.error !== undefined)
    return <p className="latent-examples-none">Its examples cannot be shown: {loaded.error}</p>;
  const found = loaded.value;
  if (found === undefined) {
    return (
      <p className="latent-examples-none">
        Latent {latent} is not on the page of features: <code>--include-latents {latent}</code>{' '}
        takes it in.
      </p>
    );
  }
  return (
    <section className="latent-examples">
      <h3>
        Its strongest examples{' '}
        <a href={`#/features/${page.id}?f=${latent}`}>All of latent {latent}</a>
      </h3>
      <Examples source={source} page={page} found={found} opacity={opacity} />
    </section>
  );
}

function Examples(props: {
  source: PageSource;
  page: LatentPage;
  found: PageFeature;
  opacity: number | undefined;
}) {
  const { source, page, found, opacity } = props;
  const { feature } = found;
  if ('examples' in feature) {
    const { images } = page.index as ImagePageIndex;
    return (
      <ol className="latent-images">
        {feature.examples.slice(0, IMAGES).map(({ example, label, score, source: place }, j) => (
          <li key={example} title={place}>
            <span className="latent-image">
              <ImageExample
                picture={source.url(FEATURE_ROUTES.picture(page.id, example))}
                side={images.side}
                image={example}
                alt={`Example ${j + 1}: ${label || place}`}
                heat={heatOf(feature, j)}
                opacity={opacity}
              />
            </span>
            <span className="latent-caption">
              <span>{label}</span> <span>{formatValue(score)}</span>
            </span>
          </li>
        ))}
      </ol>
    );
  }
  const { index } = page;
  if (index.modality !== 'text') return null;
  const tint = tintOf(index, feature, opacity);
  const chunk = found.chunk as TextChunk;
  return (
    <ol className="latent-texts">
      {(feature.groups[0]?.examples ?? []).slice(0, TEXTS).map((example) => (
        <li key={`${example.text}.${example.at}`}>
          <TokenLine tokens={tokensOf(chunk, example)} at={example.at} tint={tint} reach={REACH} />
        </li>
      ))}
    </ol>
  );
}
