// Temporary folders for tests, and what is in a folder.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Run `use` with a new folder and remove it afterwards. */
export async function inTemporaryFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'saev-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Write `files` (content by relative path) into a new folder, which is removed when the file's tests are done. */
export async function makeTree(files: Record<string, string | Uint8Array>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'saev-'));
  roots.push(root);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

const roots: string[] = [];

/** Remove what `makeTree` made; the set-up of every test file has it done behind its tests. */
export async function removeTrees(): Promise<void> {
  for (const root of roots.splice(0)) await rm(root, { recursive: true, force: true });
}

/** Name, size and hash of every file of a folder. */
export async function listFiles(
  folder: string,
): Promise<{ name: string; size: number; sha256: string }[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(
    names.map(async (name) => {
      const data = await readFile(join(folder, name));
      const sha256 = createHash('sha256').update(data).digest('hex');
      return { name, size: data.length, sha256 };
    }),
  );
}
