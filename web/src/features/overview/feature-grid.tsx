import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { PageIndex } from '../../../../src/pages/feature-page.ts';
import { runShortcut, type Shortcut, useShortcuts } from '../../shared/shortcuts.ts';
import type { ConceptsByLatent } from '../order.ts';
import { type ChangeView, DEFAULT_STATE, type ViewState } from '../view-state.ts';
import { FeatureCard } from './feature-card.tsx';
import './feature-grid.css';

const GAP = 14;
/** Least width of a card, and the height of its examples at a width. */
const CARDS = {
  image: { least: 168, height: (width: number) => width },
  text: { least: 300, height: () => 108 },
} as const;
/** Height of a card beyond its examples. */
const CAPTION = 58;

interface FeatureGridProps {
  index: PageIndex;
  listed: Uint32Array;
  /** What was asked for: the list begins at its top when that is something else. */
  filter: object;
  /** The feature that was opened last, −1 before the first: the overview comes back to it. */
  lastViewed: number;
  /** Its place in the list, or where it was before it left the list. */
  lastPlace: number;
  /** How far the overview was scrolled when it was left, in pixels: coming back finds the same place. */
  leftAt: RefObject<number>;
  state: ViewState;
  change: ChangeView;
  concepts: ConceptsByLatent;
}

/** The listed features as cards, or the way back from a search that finds none. */
export const FeatureGrid = memo(function FeatureGrid(props: FeatureGridProps) {
  // Cards measure their scroller: they begin anew when there is one again.
  return props.listed.length === 0 ? <NoFeature {...props} /> : <Cards {...props} />;
});

function NoFeature({ index, leftAt, change }: FeatureGridProps) {
  useEffect(() => {
    leftAt.current = 0;
  }, [leftAt]);
  if (index.features.latent.length === 0)
    return <p className="empty">This page has no features.</p>;
  const { query, frequency, value } = DEFAULT_STATE;
  return (
    <div className="empty">
      <p>No feature matches.</p>
      <button type="button" onClick={() => change({ query, frequency, value })}>
        Clear search and filter
      </button>
    </div>
  );
}

/** At least one feature as cards; only those on screen exist. */
function Cards(props: FeatureGridProps) {
  const { index, listed, filter, lastViewed, lastPlace, leftAt, state, concepts } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const { least, height } = CARDS[index.modality];
  const fitting = Math.floor((width + GAP) / (least + GAP));
  const columns = Math.max(index.modality === 'image' ? 2 : 1, fitting);
  const rowHeight = height((width - (columns - 1) * GAP) / columns) + CAPTION + GAP;
  const [active, setActive] = useState(() => (lastViewed < 0 ? 0 : lastPlace));
  const rows = useVirtualizer({
    count: Math.ceil(listed.length / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    initialOffset: () => leftAt.current,
    overscan: 1,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes must be measured again when the row height changes
  useLayoutEffect(() => rows.measure(), [rowHeight]);
  const focused = Math.min(active, listed.length - 1);

  // The list may change before a card gets the focus, or after: what stands in its place then has it.
  const latest = useRef(listed);
  latest.current = listed;
  const focusCard = (place: number): void => {
    const position = latest.current[Math.min(place, latest.current.length - 1)];
    const card = scroller.current?.querySelector(`[data-position="${position}"]`);
    (card as HTMLElement | null)?.focus({ preventScroll: true });
  };
  const hasFocus = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the list changes
  useEffect(() => {
    if (hasFocus.current && document.activeElement === document.body) focusCard(focused);
  }, [listed]);
  const moveTo = (to: number): void => {
    const next = Math.max(0, Math.min(listed.length - 1, to));
    setActive(next);
    rows.scrollToIndex(Math.floor(next / columns), { align: 'auto' });
    requestAnimationFrame(() => focusCard(next));
  };
  const move = (by: number) => () => moveTo(focused + by);
  const moves: readonly Shortcut[] = [
    { keys: ['ArrowRight', 'j'], run: move(1) },
    { keys: ['ArrowLeft', 'k'], run: move(-1) },
    { keys: ['ArrowDown'], run: move(columns) },
    { keys: ['ArrowUp'], run: move(-columns) },
    { keys: ['Home'], run: move(-listed.length) },
    { keys: ['End'], run: move(listed.length) },
  ];

  const isMeasured = width > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the cards first appear
  useEffect(() => {
    const isTyping = document.activeElement !== document.body;
    if (isMeasured && !isTyping && lastViewed >= 0) moveTo(focused);
  }, [isMeasured]);
  const before = useRef(filter);
  useEffect(() => {
    if (before.current === filter) return;
    before.current = filter;
    setActive(0);
    scroller.current?.scrollTo({ top: 0 });
  }, [filter]);
  // From anywhere on the page, the first arrow goes to the cards.
  useShortcuts([
    {
      keys: ['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp', 'j', 'k'],
      run: () => moveTo(focused),
    },
  ]);

  return (
    <section
      className="grid-scroller"
      ref={scroller}
      tabIndex={-1}
      aria-label="Features"
      onKeyDown={(event) => runShortcut(event, moves)}
      onFocus={() => {
        hasFocus.current = true;
      }}
      onBlur={({ relatedTarget }) => {
        // A card that is taken away leaves the focus to nobody.
        if (relatedTarget !== null) hasFocus.current = false;
      }}
      onScroll={(event) => {
        leftAt.current = event.currentTarget.scrollTop;
      }}
    >
      <div className="grid" style={{ height: rows.getTotalSize() }}>
        {isMeasured &&
          rows.getVirtualItems().map((row) => (
            <div
              key={row.key}
              className="grid-row"
              style={{
                transform: `translateY(${row.start}px)`,
                gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
              }}
            >
              {Array.from(
                listed.subarray(row.index * columns, (row.index + 1) * columns),
                (position, i) => (
                  <FeatureCard
                    key={position}
                    index={index}
                    position={position}
                    state={state}
                    concepts={concepts}
                    isActive={row.index * columns + i === focused}
                  />
                ),
              )}
            </div>
          ))}
      </div>
    </section>
  );
}

/** Width inside an element's padding, kept current. */
function useWidth(ref: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = (): void => {
      if (!element.isConnected) return; // it has no padding
      const style = getComputedStyle(element);
      const padding = Number.parseFloat(style.paddingLeft) + Number.parseFloat(style.paddingRight);
      setWidth(element.clientWidth - padding);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}
