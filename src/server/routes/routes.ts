// The list of routes. A new one is a file beside this one and an entry here.

import { askRoute } from './ask.ts';
import { CATALOGUE_ROUTES } from './catalogue.ts';
import { CIRCUITS_ROUTES, saveMarksRoute } from './circuits.ts';
import { EDIT_DATA } from './editing/data.ts';
import { editRoute } from './editing/edit.ts';
import { proposeRoute } from './editing/propose.ts';
import { FEATURES_ROUTES } from './features.ts';
import { MARKS_ROUTES, marksRoute } from './marks.ts';
import type { ActRoute, DataRoute } from './route.ts';
import { RUN_ROUTES } from './runs.ts';
import { STUDY_DATA } from './studies.ts';
import { TRACE_ROUTES, traceRoute } from './trace.ts';

/** Data that can be read. */
export const DATA_ROUTES: readonly DataRoute[] = [
  ...CATALOGUE_ROUTES,
  ...FEATURES_ROUTES,
  ...MARKS_ROUTES,
  ...EDIT_DATA,
  ...CIRCUITS_ROUTES,
  ...TRACE_ROUTES,
  ...RUN_ROUTES,
  ...STUDY_DATA,
];

/** What can be done. */
export const ACT_ROUTES: readonly ActRoute[] = [
  askRoute,
  editRoute,
  proposeRoute,
  marksRoute,
  saveMarksRoute,
  traceRoute,
];

/** What a server can do, by name. */
export function abilities(): Record<string, true> {
  return Object.fromEntries(ACT_ROUTES.map(({ name }) => [name, true]));
}
