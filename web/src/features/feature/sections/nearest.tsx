import type {
  NearestFeatures,
  PageIndex,
  Weighted,
} from '../../../../../src/pages/feature-page.ts';
import { formatCount } from '../../../shared/format.ts';
import { showToken } from '../../../shared/tokens.ts';
import { addressOf, DEFAULT_STATE } from '../../view-state.ts';
import { Section } from './section.tsx';
import { WeightList } from './weight-table.tsx';
import './nearest.css';

/** The features near one: those that write the same direction, and those that fire on the same rows. */
export function Nearest(props: {
  index: PageIndex;
  feature: { readonly nearest?: NearestFeatures };
}) {
  const { index, feature } = props;
  const { decoder = [], together = [] } = feature.nearest ?? {};
  if (decoder.length + together.length === 0) return null;
  const { latent, label } = index.features;
  const { modality, token, sampledRows = 0 } = index;
  const nameOf = (other: number): string => {
    const name = label[latent.indexOf(other)] ?? '';
    const shown = modality === 'image' || name === '' ? name : showToken(name);
    return `${formatCount(other)} ${shown}`.trim();
  };
  const linkOf = (other: number): string | undefined =>
    latent.includes(other) ? addressOf({ ...DEFAULT_STATE, latent: other }) : undefined;
  const list = (entries: readonly Weighted[]) => (
    <WeightList entries={entries} largest={1} nameOf={nameOf} addressOf={linkOf} />
  );
  return (
    <Section name="Nearest features" heading="Nearest features">
      <div className="nearest">
        {decoder.length > 0 && (
          <div>
            <p>by cosine of decoder rows</p>
            {list(decoder)}
          </div>
        )}
        {together.length > 0 && (
          <div>
            <p>
              by firing together: correlation over {formatCount(sampledRows)}{' '}
              {sampledRows === 1 ? token.one : token.many}
            </p>
            {list(together)}
          </div>
        )}
      </div>
    </Section>
  );
}
