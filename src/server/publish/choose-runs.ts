// The part of a catalogue that is published: all of it, or some runs with what lies in them.
import { unknownName } from '../../base/errors.ts';
import type { Catalogue, Entry, RunSummary } from '../../pages/catalogue.ts';

/**
 * Keep the runs of these names or tags, and whatever lies in no other run.
 * @throws {UserError} for a name that no run has.
 */
export function chooseRuns(catalogue: Catalogue, names: readonly string[]): Catalogue {
  if (names.length === 0) return catalogue;
  const { runs } = catalogue;
  for (const name of names) {
    if (!runs.some((run) => isNamed(run, name))) {
      throw unknownName(
        'run',
        name,
        runs.map(({ title }) => title),
      );
    }
  }
  const others = runs.filter((run) => !names.some((name) => isNamed(run, name)));
  const stays = ({ folder }: Entry): boolean =>
    !others.some((run) => folder === run.folder || folder.startsWith(`${run.folder}/`));
  return {
    ...catalogue,
    runs: runs.filter(stays),
    features: catalogue.features.filter(stays),
    circuits: catalogue.circuits.filter(stays),
    studies: catalogue.studies.filter(stays),
    models: catalogue.models.filter(stays),
  };
}

function isNamed(run: RunSummary, name: string): boolean {
  const path = name.replace(/[/\\]+$/, '').replaceAll('\\', '/');
  return [run.id, run.title, run.folder, run.tag].includes(path);
}
