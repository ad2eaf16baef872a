// Worker threads run compiled files: the same call works from dist/ and, in tests, from src/.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Locate the compiled file (a worker, a WebAssembly module) `name` (`'./session.worker'`) beside the module at `importMetaUrl`.
 * From a source file the path is that of its compiled twin under `dist/`, so a build must exist.
 */
export function workerUrl(importMetaUrl: string, name: string, extension = '.js'): URL {
  const url = new URL(`${name}${extension}`, importMetaUrl);
  if (importMetaUrl.endsWith('.ts'))
    url.pathname = url.pathname.replace(/\/src\/(?!.*\/src\/)/, '/dist/');
  if (!existsSync(fileURLToPath(url))) {
    throw new Error(`compiled file ${fileURLToPath(url)} is missing: run 'npm run build' first`);
  }
  return url;
}
