import { useCallback } from 'react';
import type { RunEntry } from '../../../src/pages/run-page.ts';
import { RunsView as Runs } from '../runs/runs-view.tsx';
import { hashOf } from './address.ts';
import type { ViewProps } from './view.ts';

/** The runs that were found, each with the way to its features. */
export function RunsView({ source, catalogue, id }: ViewProps) {
  const linksOf = useCallback(
    ({ id: run }: RunEntry) =>
      catalogue.features
        .filter((page) => page.run === run)
        .map((page) => ({ text: `Features, ${page.title}`, href: hashOf('features', page.id) })),
    [catalogue],
  );
  return <Runs source={source} id={id} linksOf={linksOf} />;
}
