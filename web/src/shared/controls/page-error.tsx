import type { ReactNode } from 'react';

/** In the place of a view that cannot be shown: what cannot, why, and the way on. */
export function PageError(props: { title: string; children: ReactNode }) {
  return (
    <main className="page-error">
      <h1>{props.title}</h1>
      {props.children}
    </main>
  );
}
