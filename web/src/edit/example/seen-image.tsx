import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { ImageSeen } from '../../../../src/pages/ask.ts';
import { PLASMA } from '../../../../src/pages/plasma.ts';
import './seen-image.css';

/** The part of an image that the model saw. Patches can be chosen on it: by pointing, or with arrow keys and Space. */
export function SeenImage(props: {
  seen: ImageSeen;
  where: readonly number[] | undefined;
  onWhere: (where: readonly number[] | undefined) => void;
}) {
  const { seen, where, onWhere } = props;
  const { picture, side } = seen;
  const [at, setAt] = useState<number>();
  const grid = useRef<HTMLDivElement>(null);
  const chosen = new Set(where);
  const toggle = (patch: number): void => {
    const next = new Set(where);
    if (!next.delete(patch)) next.add(patch);
    onWhere(next.size === 0 ? undefined : [...next].sort((a, b) => a - b));
  };
  const onKey = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -side,
      ArrowDown: side,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      const next = (at ?? -step) + step;
      if (next >= 0 && next < side * side) setAt(next);
    } else if ((event.key === ' ' || event.key === 'Enter') && at !== undefined) toggle(at);
    else return;
    event.preventDefault();
  };
  const patchAt = (event: { clientX: number; clientY: number }): number | undefined => {
    const box = grid.current!.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * side);
    const row = Math.floor(((event.clientY - box.top) / box.height) * side);
    return column >= 0 && column < side && row >= 0 && row < side ? row * side + column : undefined;
  };
  return (
    <figure className="seen-figure">
      <div className="seen-frame">
        <img src={picture} alt="What the model saw" />
        {side > 0 && (
          <div
            ref={grid}
            className="patch-grid"
            role="application"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: patches are chosen on it with the arrow keys
            tabIndex={0}
            aria-label={`Patches to edit, ${side} by ${side}: arrow keys move, Space chooses`}
            onKeyDown={onKey}
            onPointerMove={(event) => setAt(patchAt(event))}
            onPointerLeave={() => setAt(undefined)}
            onBlur={() => setAt(undefined)}
            onClick={(event) => {
              const patch = patchAt(event);
              if (patch !== undefined) toggle(patch);
            }}
          >
            <svg viewBox={`0 0 ${side} ${side}`} aria-hidden="true">
              {where !== undefined &&
                Array.from({ length: side * side }, (_, patch) =>
                  chosen.has(patch) ? null : (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a patch is its place
                    <PatchRect key={patch} patch={patch} side={side} kind="patch-out" />
                  ),
                )}
              {at !== undefined && <PatchRect patch={at} side={side} kind="patch-at" />}
            </svg>
          </div>
        )}
      </div>
      <figcaption>
        Image
        {side > 0 && (
          <span className="edit-note" aria-live="polite">
            {where === undefined
              ? ' – all patches are edited; choose some on it'
              : ` – ${where.length} of ${side * side} patches are edited`}
            {at !== undefined && ` (patch ${at})`}
          </span>
        )}
        {where !== undefined && (
          <button type="button" className="quiet" onClick={() => onWhere(undefined)}>
            All patches
          </button>
        )}
      </figcaption>
    </figure>
  );
}

function PatchRect({
  patch,
  side,
  kind,
}: {
  patch: number;
  side: number;
  kind: 'patch-out' | 'patch-at';
}) {
  return (
    <rect className={kind} x={patch % side} y={Math.floor(patch / side)} width={1} height={1} />
  );
}

/** Values of patches as plasma's colours over an image. */
export function PatchHeat(props: { seen: ImageSeen; values: readonly number[]; most: number }) {
  const { seen, values, most } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const side = Math.round(Math.sqrt(values.length));
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context == null) return;
    const image = context.createImageData(side, side);
    values.forEach((value, i) => {
      const level = most > 0 ? Math.round((255 * Math.min(value, most)) / most) : 0;
      image.data.set(PLASMA.subarray(3 * level, 3 * level + 3), 4 * i);
      image.data[4 * i + 3] = level;
    });
    context.putImageData(image, 0, 0);
  }, [values, most, side]);
  return (
    <div className="seen-frame">
      <img src={seen.picture} alt="" />
      <canvas
        ref={canvas}
        width={side}
        height={side}
        role="img"
        aria-label="How far each patch turned"
      />
    </div>
  );
}
