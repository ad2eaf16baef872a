import './run-mark.css';

/** The number of a chosen run, in its colour, over the dashes of its curve. */
export function RunMark({ place }: { place: number }) {
  return (
    <span className="run-mark" data-place={place}>
      {place + 1}
      <svg viewBox="0 0 22 4" width="22" height="4" aria-hidden="true">
        <line className="curve" data-place={place} x1="0" x2="22" y1="2" y2="2" />
      </svg>
    </span>
  );
}
