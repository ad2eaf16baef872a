// The marks of the circuit that is open: changed here, kept by the browser, and saved into their file where there is one.
import { useEffect, useMemo, useRef, useState } from 'react';
import type { PageGraph } from '../../../../src/pages/circuit-page.ts';
import { withMarks } from '../../../../src/pages/circuits/mark-edits.ts';
import { type CircuitMarks, NO_MARKS, readMarks } from '../../../../src/pages/circuits/marks.ts';
import type { CircuitSource, Open } from '../circuit-source.ts';
import { graphKey, keepDraft, readDraft } from './draft.ts';

/** Changes that can be taken back. */
const STEPS = 100;

/** Marks but for pins, which are part of the address. */
export type Notes = Omit<CircuitMarks, 'pins'>;

/** What was marked when the circuit was opened. */
export interface Opening {
  /** The graph as it was before anything was marked. */
  readonly graph: PageGraph;
  readonly marks: CircuitMarks;
  /** Those of its file. */
  readonly filed: CircuitMarks;
  readonly key: string;
  /** Whether the file has other marks than those that the kept ones were made from. */
  readonly isApart: boolean;
  /** Whether the browser kept any. */
  readonly isDraft: boolean;
}

/** Read what is marked: what the browser keeps goes before what the file says, unless it `isFile` that was just opened. */
export function openMarks(
  { island }: CircuitSource,
  { isFile = false }: { isFile?: boolean } = {},
): Opening {
  const filed = readMarks(island.graph);
  const graph = withMarks(island.graph, NO_MARKS);
  const key = graphKey(graph);
  const draft = isFile ? undefined : readDraft(key, graph);
  const isApart = draft !== undefined && draft.base !== JSON.stringify(filed);
  return { graph, marks: draft?.marks ?? filed, filed, key, isApart, isDraft: draft !== undefined };
}

/** Where the marks stand: `address` where nothing was changed, but the address has other pins than the file. */
export type MarksState = 'filed' | 'address' | 'kept' | 'lost' | 'saving';

export interface MarksStore {
  readonly marks: CircuitMarks;
  readonly state: MarksState;
  readonly change: (part: Partial<Notes>) => void;
  /** Take the last change back; undefined when there is none. */
  readonly undo: (() => void) | undefined;
  /** Why they could not be saved. */
  readonly error: string | undefined;
  /** What the file holds since somebody else wrote it. */
  readonly changed: CircuitSource | undefined;
  readonly save: (() => void) | undefined;
  /** Save over what somebody else wrote. */
  readonly saveOver: () => void;
  readonly forgetChanged: () => void;
  /** Forget what the browser keeps. */
  readonly forgetDraft: () => void;
}

/** Hold the marks of an opened circuit; what was saved over somebody else's is opened anew. */
export function useMarks(
  source: CircuitSource,
  opening: Opening,
  pins: readonly string[],
  onOpen: Open,
): MarksStore {
  const [steps, setSteps] = useState<readonly Notes[]>([opening.marks]);
  const [filed, setFiled] = useState(opening.filed);
  const [isKept, setKept] = useState(true);
  const [saving, setSaving] = useState<{ error?: string; changed?: CircuitSource } | 'now'>({});
  const notes = steps.at(-1)!;
  const marks = useMemo(() => ({ ...notes, pins }), [notes, pins]);
  const text = JSON.stringify(marks, ORDER);
  const isFiled = text === JSON.stringify(filed, ORDER);

  const [first] = useState(text);
  const isUntouched = text === first && !opening.isDraft;
  const opened = useRef(text);
  useEffect(() => {
    if (text === opened.current) return;
    opened.current = '';
    const base = JSON.stringify(filed);
    setKept(keepDraft(opening.key, isFiled ? undefined : { marks, base }));
  }, [text, isFiled, filed, marks, opening.key]);

  const saveTo = async (target: CircuitSource): Promise<void> => {
    setSaving('now');
    try {
      const saved = await target.save!(marks);
      if (saved !== 'saved') {
        setSaving(saved);
        return;
      }
      keepDraft(opening.key, undefined);
      setFiled(marks);
      setSaving({});
      if (target === source) return;
      const graph = withMarks(target.island.graph, marks);
      onOpen({ ...target, island: { ...target.island, graph } }, { keepAddress: true });
    } catch (error) {
      setSaving({ error: (error as Error).message });
    }
  };
  const { error, changed } = saving === 'now' ? {} : saving;
  return {
    marks,
    state: saving === 'now' ? 'saving' : stateOf({ isFiled, isUntouched, isKept }),
    change: (part) =>
      setSteps((before) => [...before, { ...before.at(-1)!, ...part }].slice(-STEPS)),
    undo: steps.length > 1 ? () => setSteps((before) => before.slice(0, -1)) : undefined,
    error,
    changed,
    save: source.save === undefined || saving === 'now' ? undefined : () => void saveTo(source),
    saveOver: () => void (changed && saveTo(changed)),
    forgetChanged: () => setSaving({}),
    forgetDraft: () => keepDraft(opening.key, undefined),
  };
}

function stateOf(marks: { isFiled: boolean; isUntouched: boolean; isKept: boolean }): MarksState {
  if (marks.isFiled) return 'filed';
  if (marks.isUntouched) return 'address';
  return marks.isKept ? 'kept' : 'lost';
}

/** Keys in one order, so that texts can be compared. */
const ORDER = [
  'pins groups labels note notes subgraphs'.split(' '),
  'name ids influence edge'.split(' '),
].flat();
