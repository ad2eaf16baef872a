import { useEffect, useEffectEvent, useState } from 'react';
import { Circuit } from './circuit.tsx';
import type { CircuitSource, Open } from './circuit-source.ts';
import { openGraphFile } from './marks/graph-file.ts';
import './app.css';

/** A circuit, and how it came to be shown. */
interface Opened {
  readonly source: CircuitSource;
  readonly n: number;
  /** What to say of it. */
  readonly notice?: string;
  /** Why a file could not be opened. */
  readonly fault?: string;
}

/**
 * The whole page: a circuit, until the file of another one is dropped on it. `isPart` where it is a part of a larger page,
 * which has a head of its own.
 */
export function App({ source, isPart = false }: { source: CircuitSource; isPart?: boolean }) {
  const [{ source: shown, n, notice, fault }, setOpened] = useState<Opened>({ source, n: 0 });
  const [isOver, setOver] = useState(false);
  const open: Open = (next, { said, keepAddress = false } = {}) => {
    if (!keepAddress) forgetState();
    setOpened({ source: next, n: n + 1, ...(said !== undefined && { notice: said }) });
  };
  const openFile = (file: File): void => {
    openGraphFile(file, source).then(
      (next) => open(next, { said: `Shown as it is in ${file.name}.` }),
      (error: Error) => setOpened((before) => ({ ...before, fault: error.message })),
    );
  };
  const onDrop = useEffectEvent((event: DragEvent): void => {
    setOver(false);
    const [file] = event.dataTransfer?.files ?? [];
    if (file === undefined || isPart) return;
    event.preventDefault();
    openFile(file);
  });
  const onDrag = useEffectEvent((event: DragEvent): void => {
    if (isPart || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    setOver(true);
  });
  useEffect(() => {
    const drop = (event: DragEvent): void => onDrop(event);
    const drag = (event: DragEvent): void => onDrag(event);
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    window.addEventListener('drop', drop);
    window.addEventListener('dragover', drag);
    window.addEventListener('dragleave', leave);
    return () => {
      window.removeEventListener('drop', drop);
      window.removeEventListener('dragover', drag);
      window.removeEventListener('dragleave', leave);
    };
  }, []);
  return (
    <>
      <Circuit
        key={n}
        source={shown}
        isPart={isPart}
        isFile={shown !== source}
        notice={notice}
        fault={fault}
        onOpen={open}
        onFile={isPart ? undefined : openFile}
      />
      {isOver && <p className="drop-here">Drop a graph.json to look at it here</p>}
    </>
  );
}

/** Take out of the address what it says of the circuit that was shown; of a larger page, what is before that stays. */
function forgetState(): void {
  const { href, hash } = location;
  const kept = hash.startsWith('#/') ? hash.split('?', 1)[0]! : '';
  history.replaceState(null, '', `${href.replace(/#.*/, '')}${kept}`);
}
