import { useMark, useMarks } from './use-marks.tsx';
import './star.css';

/** The bookmark of a feature, to set and to take away. */
export function StarButton({ latent, hint }: { latent: number; hint: string }) {
  const { change } = useMarks();
  const { bookmarked = false } = useMark(latent);
  return (
    <button
      type="button"
      className="star"
      aria-pressed={bookmarked}
      aria-label="Bookmark"
      title={hint}
      onClick={() => change([toggledBookmark(latent, bookmarked)])}
    >
      <span aria-hidden="true">{bookmarked ? '★' : '☆'}</span>
    </button>
  );
}

/** The change that sets or takes away a bookmark. */
export function toggledBookmark(latent: number, isSet: boolean) {
  const bookmarked = isSet
    ? ({ from: true, to: null } as const)
    : ({ from: null, to: true } as const);
  return { latent, bookmarked };
}

/** What a card shows of a feature's mark: its own name, and that it is bookmarked. */
export function CardMark({ latent }: { latent: number }) {
  const { bookmarked, name } = useMark(latent);
  return (
    <>
      {bookmarked && (
        <span className="card-star" role="img" aria-label="bookmarked">
          ★
        </span>
      )}
      {name !== undefined && <span className="card-own-name">{name}</span>}
    </>
  );
}
