// The marks of the page that a component is part of, and the way to change them.
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import {
  changeMarks,
  checkCoder,
  type FeatureMark,
  type MarkChange,
  type Marks,
  NO_MARKS,
} from '../../../../src/pages/marks.ts';
import { type MarksKeeper, useSource } from '../feature-source.ts';
import { browserMarks } from './browser-marks.ts';

/** Marks, as components see them. */
export interface MarksState {
  readonly marks: Marks;
  readonly where: string;
  /** Why the last change, or the loading, failed. */
  readonly error: string | undefined;
  /** Latents of which somebody else changed what was to be changed. */
  readonly conflicts: readonly number[];
  change(changes: readonly MarkChange[]): void;
}

const Context = createContext<MarksState>({
  marks: NO_MARKS,
  where: '',
  error: undefined,
  conflicts: [],
  change: () => {},
});

/** Gives the marks of a page to its parts. */
export function MarksProvider({ children }: { children: ReactNode }) {
  const { marks: given, index } = useSource();
  const keeper = useMemo<MarksKeeper>(
    () => given ?? browserMarks(decodeURIComponent(location.pathname), index.coder),
    [given, index.coder],
  );
  return <Context value={useKept(keeper, index.coder)}>{children}</Context>;
}

/** The marks of the page. */
export function useMarks(): MarksState {
  return useContext(Context);
}

const NOTHING: FeatureMark = {};

/** The mark of a feature. */
export function useMark(latent: number): FeatureMark {
  return useMarks().marks.features[latent] ?? NOTHING;
}

/** The marks that are kept. Rejects when they are of another autoencoder. */
function loadChecked(keeper: MarksKeeper, coder: string | undefined): Promise<Marks> {
  return keeper.load().then((marks) => checkCoder(marks, coder));
}

function useKept(keeper: MarksKeeper, coder: string | undefined): MarksState {
  const [marks, setMarks] = useState(NO_MARKS);
  const [error, setError] = useState<string>();
  const [conflicts, setConflicts] = useState<readonly number[]>([]);
  const [queue] = useState({ last: Promise.resolve() as Promise<unknown> });

  useEffect(() => {
    let isCurrent = true;
    const load = (): void => {
      queue.last = queue.last.then(() =>
        loadChecked(keeper, coder).then(
          (loaded) => isCurrent && setMarks(loaded),
          (reason: Error) => isCurrent && setError(reason.message),
        ),
      );
    };
    load();
    // Another tab may have changed them meanwhile.
    window.addEventListener('focus', load);
    window.addEventListener('storage', load);
    return () => {
      isCurrent = false;
      window.removeEventListener('focus', load);
      window.removeEventListener('storage', load);
    };
  }, [keeper, coder, queue]);

  return {
    marks,
    where: keeper.where,
    error,
    conflicts,
    change(changes) {
      // Shown at once; what the keeper answers is what is true.
      setMarks((before) => changeMarks(before, changes, coder).marks);
      queue.last = queue.last.then(async () => {
        try {
          const answer = await keeper.change(changes);
          setMarks(answer.marks);
          setConflicts(answer.conflicts);
          setError(undefined);
        } catch (reason) {
          setError((reason as Error).message);
          await loadChecked(keeper, coder).then(setMarks, () => setMarks(NO_MARKS));
        }
      });
    },
  };
}
