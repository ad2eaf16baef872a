// A hub with a few repositories and an empty cache, in a temporary folder.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type HubSettings, hubSettings } from '../../src/hub/settings.ts';
import { type HubServer, type HubServerOptions, startHubServer } from './hub-server.ts';

export interface TestHub {
  readonly server: HubServer;
  /** Folder that is served. */
  readonly root: string;
  readonly cacheDir: string;
  /** Settings that lead to this hub and cache, with short waits; `change` some of them. */
  settings(change?: Partial<HubSettings>): HubSettings;
  /** Write files of a repository: `models/org/name`, or `models/org/name@revision`. */
  repo(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
  close(): Promise<void>;
}

/** Start a hub without repositories. */
export async function startTestHub(options: HubServerOptions = {}): Promise<TestHub> {
  const folder = await mkdtemp(join(tmpdir(), 'saev-hub-'));
  const root = join(folder, 'served');
  const cacheDir = join(folder, 'home', 'hub');
  await mkdir(root);
  const server = await startHubServer(root, options);
  return {
    server,
    root,
    cacheDir,
    settings: (change = {}) => ({
      ...hubSettings({ HF_ENDPOINT: server.url, HF_HOME: join(folder, 'home') }),
      retryDelay: 1,
      ...change,
    }),
    async repo(name, files) {
      for (const [path, content] of Object.entries(files)) {
        const target = join(root, name, path);
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, content);
      }
    },
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Bytes without a pattern, the same at every call. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
