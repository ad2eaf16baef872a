// What there is.
import { CATALOGUE } from '../../pages/catalogue.ts';
import type { DataRoute } from './route.ts';

export const CATALOGUE_ROUTES: readonly DataRoute[] = [
  {
    path: CATALOGUE,
    read: (_, workbench) => workbench.catalogue(),
    list: async () => [{}],
  },
];
