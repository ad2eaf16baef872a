// Worker threads run compiled files: the same call works from dist/ and, in tests, from src/.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Locate the compiled worker file `name` (`'./session.worker'`) beside the module at `importMetaUrl`.
 * From a source file the path is that of its compiled twin under `dist/`, so a build must exist.
 */
export function workerUrl(importMetaUrl: string, name: string): URL {
  const url = new URL(`${name}.js`, importMetaUrl);
  if (importMetaUrl.endsWith('.ts'))
    url.pathname = url.pathname.replace(/\/src\/(?!.*\/src\/)/, '/dist/');
  if (!existsSync(fileURLToPath(url))) {
    throw new Error(`worker file ${fileURLToPath(url)} is missing: run 'npm run build' first`);
  }
  return url;
}
