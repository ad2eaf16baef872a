// Programs in TypeScript that import saev, as Node runs them: without their types, and without the seconds that tsx takes
// to look through every module of the library.
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import ts from 'typescript';
import { root } from './saev.ts';

/** Leave the types out of a program. */
export function withoutTypes(program: string): string {
  const { outputText } = ts.transpileModule(program, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
    },
  });
  return outputText;
}

/** Make `folder`, from which programs import the built library as `saev`. */
export async function makeProgramFolder(folder: string): Promise<void> {
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await symlink(root, join(folder, 'node_modules/saev'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
}

/** Write a program into such a folder without its types, and give its new path. */
export async function writeProgram(folder: string, path: string): Promise<string> {
  const to = join(folder, basename(path).replace(/\.ts$/, '.js'));
  await writeFile(to, withoutTypes(await readFile(path, 'utf8')));
  return to;
}
