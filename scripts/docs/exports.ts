// What each part of the library exports, with the docstrings, as the compiler sees it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A name that a program can import. */
export interface Exported {
  readonly name: string;
  readonly kind: 'function' | 'value' | 'type';
  /** The docstring. */
  readonly text: string;
}

/** The parts of the library: `saev`, `saev/formats` …, each with its names in alphabetical order. */
export function libraryParts(root: string): Map<string, Exported[]> {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { types: string }>;
  };
  const entries = Object.entries(exports).flatMap(([path, target]) =>
    typeof target === 'string'
      ? []
      : [[`saev${path.slice(1)}`, join(root, sourceOf(target.types))] as const],
  );
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram(
    entries.map(([, file]) => file),
    options,
  );
  return new Map(entries.map(([name, file]) => [name, exportsOf(program, file)]));
}

function sourceOf(types: string): string {
  return types.replace('./dist/', 'src/').replace('.d.ts', '.ts');
}

function exportsOf(program: ts.Program, file: string): Exported[] {
  const checker = program.getTypeChecker();
  const symbol = checker.getSymbolAtLocation(program.getSourceFile(file)!);
  const names = symbol === undefined ? [] : checker.getExportsOfModule(symbol);
  return names
    .map((name) => {
      const alias = (name.flags & ts.SymbolFlags.Alias) !== 0;
      const target = alias ? checker.getAliasedSymbol(name) : name;
      const text = ts.displayPartsToString(target.getDocumentationComment(checker));
      return { name: name.name, kind: isTypeOnly(name) ? 'type' : kindOf(target), text };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function kindOf(symbol: ts.Symbol): Exported['kind'] {
  if (symbol.declarations?.some(ts.isFunctionDeclaration)) return 'function';
  return (symbol.flags & ts.SymbolFlags.Value) !== 0 ? 'value' : 'type';
}

/** Whether a name is exported as a type, though it may also be a value where it is declared. */
function isTypeOnly(name: ts.Symbol): boolean {
  return (name.declarations ?? []).some(ts.isTypeOnlyImportOrExportDeclaration);
}
