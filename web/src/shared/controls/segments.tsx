import type { ReactNode } from 'react';
import './segments.css';

/** Buttons that belong together, as one bar. */
export function Segments(props: { name: string; className?: string; children: ReactNode }) {
  const { name, className = '', children } = props;
  return (
    <fieldset className={`segments ${className}`.trim()} aria-label={name}>
      {children}
    </fieldset>
  );
}
