// Writes the pages of docs/ that are made from schemas: `npm run docs`.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COMMANDS } from '../src/cli/commands.ts';
import { configurationPage } from './docs/configuration.ts';
import { libraryParts } from './docs/exports.ts';
import { fromPythonPage, readPythonFields } from './docs/from-python.ts';
import { fromTranscoderCircuitsPage, readCircuitsFields } from './docs/from-transcoder-circuits.ts';
import { metricsPage } from './docs/metrics.ts';
import { referencePage } from './docs/reference.ts';

const docs = new URL('../docs/', import.meta.url);
writeFileSync(new URL('configuration.md', docs), await configurationPage(COMMANDS));
writeFileSync(new URL('from-python.md', docs), fromPythonPage(readPythonFields()));
writeFileSync(
  new URL('from-transcoder-circuits.md', docs),
  fromTranscoderCircuitsPage(readCircuitsFields()),
);
writeFileSync(new URL('metrics.md', docs), metricsPage());
writeFileSync(
  new URL('reference.md', docs),
  referencePage(libraryParts(fileURLToPath(new URL('..', docs)))),
);
