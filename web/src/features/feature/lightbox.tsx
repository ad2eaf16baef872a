import { type PointerEvent, useState } from 'react';
import type { ImageFeature, ImagePageIndex } from '../../../../src/pages/feature-page.ts';
import { heatOf, ImageExample } from '../../examples/image-example.tsx';
import { Modal } from '../../shared/controls/modal.tsx';
import { formatValue } from '../../shared/format.ts';
import { runShortcut, type Shortcut } from '../../shared/shortcuts.ts';
import { useSource } from '../feature-source.ts';
import './lightbox.css';

/** One example, large, with the value of the patch under the pointer. */
export function Lightbox(props: {
  index: ImagePageIndex;
  feature: ImageFeature;
  shown: number;
  opacity: number | undefined;
  onShow: (j: number) => void;
  onClose: () => void;
}) {
  const { index, feature, shown, opacity, onShow, onClose } = props;
  const [patch, setPatch] = useState<number>();
  const [isHeatOn, setHeatOn] = useState(opacity !== undefined);
  const { example, score, label, source } = feature.examples[shown]!;
  const { image } = useSource();
  const heat = heatOf(feature, shown);
  const { side } = index.images;
  const value = patch === undefined || heat === undefined ? undefined : heat[patch]!;

  const step = (by: number): void => {
    const to = shown + by;
    if (to >= 0 && to < feature.examples.length) onShow(to);
  };
  const next = (): void => step(1);
  const previous = (): void => step(-1);
  const onMove = (event: PointerEvent): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * side);
    const row = Math.floor(((event.clientY - box.top) / box.height) * side);
    const isInside = column >= 0 && column < side && row >= 0 && row < side;
    setPatch(isInside ? row * side + column : undefined);
  };
  const shortcuts: readonly Shortcut[] = [
    { keys: ['ArrowRight', 'j'], run: next },
    { keys: ['ArrowLeft', 'k'], run: previous },
    { keys: ['h'], run: () => setHeatOn(!isHeatOn) },
  ];
  return (
    <Modal
      className="lightbox"
      aria-label={`Example ${shown + 1}`}
      onClose={onClose}
      onKeyDown={(event) => runShortcut(event, shortcuts)}
    >
      <div
        className="lightbox-picture"
        onPointerMove={onMove}
        onPointerLeave={() => setPatch(undefined)}
      >
        <ImageExample
          picture={image(example)}
          side={index.images.side}
          image={example}
          alt={`Example ${shown + 1}: ${label || source}`}
          heat={heat}
          opacity={isHeatOn ? (opacity ?? 0.9) : undefined}
        />
      </div>
      <div className="lightbox-text">
        <p>
          <b>{label}</b> <span className="source">{source}</span>
        </p>
        <p>
          {index.rankBy === 'max' ? 'largest value' : 'sum of values'} {formatValue(score)}
          {value !== undefined && patch !== undefined && (
            <>
              {' '}
              · {index.token.one} {Math.floor(patch / side) + 1}, {(patch % side) + 1}:{' '}
              {formatValue((value / 255) * feature.upper)}
            </>
          )}
        </p>
        <p className="lightbox-actions">
          <button type="button" onClick={previous} disabled={shown === 0}>
            ← Previous
          </button>
          <span>
            {shown + 1} of {feature.examples.length}
          </span>
          <button type="button" onClick={next} disabled={shown === feature.examples.length - 1}>
            Next →
          </button>
          <button type="button" onClick={onClose}>
            Close
          </button>
        </p>
      </div>
    </Modal>
  );
}
