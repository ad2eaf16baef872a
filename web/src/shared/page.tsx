// What all pages have: a way into the document, shortcuts, a search field, and help.
import { type ReactNode, type RefObject, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { HelpDialog } from './controls/help-dialog.tsx';
import { Guarded } from './guarded.tsx';
import { type Shortcut, useShortcuts } from './shortcuts.ts';
import './base.css';

/** Show a page in the document; what goes wrong in it, now or later, is said in its place. */
export function mountPage(open: () => { title: string; page: ReactNode }): void {
  const root = createRoot(document.getElementById('root')!);
  try {
    const { title, page } = open();
    document.title = title;
    root.render(<Guarded>{page}</Guarded>);
  } catch (error) {
    root.render(<p className="page-error">{(error as Error).message}</p>);
  }
}

export interface PageOptions {
  /** Those of the page itself; `/` and `?` come with every page. */
  readonly shortcuts: readonly Shortcut[];
  /** What searching does, for the help. */
  readonly searching: string;
  /** How to read the page. */
  readonly about: ReactNode;
}

export interface PageParts {
  /** The field that `/` enters. */
  readonly search: RefObject<HTMLInputElement | null>;
  readonly openHelp: () => void;
  /** The help while it is open. */
  readonly help: ReactNode;
}

/** Hear the shortcuts of a page, and give it help. */
export function usePage({ shortcuts, searching, about }: PageOptions): PageParts {
  const search = useRef<HTMLInputElement>(null);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const openHelp = (): void => setHelpOpen(true);
  const all: readonly Shortcut[] = [
    ...shortcuts,
    {
      keys: ['/'],
      meaning: searching,
      run: () => {
        search.current?.focus();
        search.current?.select();
      },
    },
    { keys: ['?'], meaning: 'this help', run: openHelp },
  ];
  useShortcuts(all);
  const help = isHelpOpen && (
    <HelpDialog shortcuts={all} onClose={() => setHelpOpen(false)}>
      {about}
    </HelpDialog>
  );
  return { search, openHelp, help };
}
