import type { PageIndex } from '../../../src/pages/feature-page.ts';
import { Switch } from '../shared/controls/switch.tsx';
import { formatCount, formatShare } from '../shared/format.ts';
import { useKeyHint } from '../shared/shortcuts.ts';
import type { ChangeView, ViewState } from './view-state.ts';
import type { View } from './views/view.ts';
import { toggled } from './views/views.ts';
import './toolbar.css';

/** Where one is, the way on and back, and how examples are drawn. */
export function Toolbar(props: {
  index: PageIndex;
  state: ViewState;
  change: ChangeView;
  /** The views that can be opened. */
  views: readonly View[];
  /** The one that is open. */
  view: View | undefined;
  count: number;
  place: number;
  onStep: (by: number) => void;
  onPlace: (place: number) => void;
  onBack: () => void;
}) {
  const { index, state, change, views, view, count, place, onStep, onPlace, onBack } = props;
  const keyHint = useKeyHint();
  const isOverview = state.latent === undefined && view === undefined;
  return (
    <div className="toolbar">
      {isOverview ? (
        <p className="position" role="status">
          <b>{formatCount(count)}</b> {count === 1 ? 'feature' : 'features'}
        </p>
      ) : (
        <button
          type="button"
          onClick={onBack}
          aria-label="All features"
          title={keyHint('Back to all features', 'Escape')}
        >
          <span aria-hidden="true">←</span> <span className="wide">All features</span>
        </button>
      )}
      {state.latent !== undefined && (
        <div className="stepper">
          <button
            type="button"
            aria-label="Previous feature"
            title={keyHint('Previous', 'k', 'ArrowLeft')}
            disabled={count === 0}
            onClick={() => onStep(-1)}
          >
            ‹
          </button>
          <span className="position" role="status">
            {place < 0 ? (
              'not listed'
            ) : (
              <>
                {formatCount(place + 1)} of {formatCount(count)}{' '}
                <small className="wide">({formatShare((place + 1) / count)})</small>
              </>
            )}
          </span>
          <button
            type="button"
            aria-label="Next feature"
            title={keyHint('Next', 'j', 'ArrowRight')}
            disabled={count === 0}
            onClick={() => onStep(1)}
          >
            ›
          </button>
          {count > 1 && (
            <input
              type="range"
              className="wide"
              aria-label="Position in the list"
              aria-valuetext={place < 0 ? 'not listed' : `${place + 1} of ${count}`}
              min={1}
              max={count}
              value={Math.max(0, place) + 1}
              onChange={(event) => onPlace(event.target.valueAsNumber - 1)}
            />
          )}
        </div>
      )}
      <span className="spring" />
      {(index.modality === 'text' || index.images.side > 0) && view === undefined && (
        <div className="heat-controls">
          <Switch
            isOn={state.heat}
            title={keyHint(index.modality === 'text' ? 'Tint of tokens' : 'Heat map', 'h')}
            onSwitch={(heat) => change({ heat })}
          >
            {index.modality === 'text' ? (
              'Tint'
            ) : (
              <>
                Heat<span className="wide"> map</span>
              </>
            )}
          </Switch>
          <input
            type="range"
            aria-label={
              index.modality === 'text' ? 'Strength of the tint' : 'Opacity of the heat map'
            }
            min={0.1}
            max={1}
            step={0.05}
            value={state.opacity}
            disabled={!state.heat}
            onChange={(event) => change({ opacity: event.target.valueAsNumber })}
          />
        </div>
      )}
      {views.map((each) => (
        <button
          key={each.name}
          type="button"
          className={state.latent === undefined ? undefined : 'wide'}
          aria-pressed={each === view}
          title={keyHint(each.title, each.key)}
          onClick={() => change(toggled(state, each))}
        >
          {each.title}
        </button>
      ))}
    </div>
  );
}
