// The views of the workbench, in the order of the bar. A new one is a file beside this one and an entry here.
import { Ask } from '../ask/ask.tsx';
import { CircuitsView } from './circuits-view.tsx';
import { EditView } from './edit-view.tsx';
import { FeaturesView } from './features-view.tsx';
import { Overview } from './overview.tsx';
import { RunsView } from './runs-view.tsx';
import { StudiesView } from './studies/studies-view.tsx';
import type { View } from './view.ts';

export const VIEWS: readonly View[] = [
  { name: 'all', label: 'Overview', View: Overview },
  { name: 'runs', label: 'Runs', count: ({ runs }) => runs.length, View: RunsView },
  {
    name: 'features',
    label: 'Features',
    count: ({ features }) => features.length,
    View: FeaturesView,
  },
  { name: 'ask', label: 'Ask', View: Ask },
  { name: 'edit', label: 'Edit', View: EditView },
  {
    name: 'circuits',
    label: 'Circuits',
    count: ({ circuits }) => circuits.length,
    View: CircuitsView,
  },
  {
    name: 'studies',
    label: 'Studies',
    count: ({ studies }) => studies.length,
    View: StudiesView,
  },
];
