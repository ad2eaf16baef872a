// How the engine of published pages is built: the library's own code as modules of workers, with stand-ins for the few files
// of it that need Node.
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin, UserConfig } from 'vite';

const ROOT = resolve(import.meta.dirname, '..');

/** Files of the library that need Node, each with the file that takes its place in a browser: the same exports. */
export const STAND_INS: Readonly<Record<string, string>> = {
  'src/compute/products/open.ts': 'web/src/engine/stand-ins/open-products.ts',
  'src/data/images/encode.ts': 'web/src/engine/stand-ins/encode.ts',
  'src/studies/asking/example-image.ts': 'web/src/engine/stand-ins/example-image.ts',
};

/** Files of onnxruntime that are loaded as they are. */
const ONNX_FILES = ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'];

/** The settings of this build. */
export const engineBuild: UserConfig = {
  root: import.meta.dirname,
  publicDir: false,
  plugins: [standIns(), withoutNode(), onnxFiles()],
  resolve: { conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'import'] },
  build: {
    outDir: '../dist/web/engine',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: {
      input: {
        engine: join(ROOT, 'web/src/engine/worker.ts'),
        'kernel-thread': join(ROOT, 'web/src/engine/kernel-thread.ts'),
      },
      output: {
        format: 'es',
        entryFileNames: '[name].js',
        chunkFileNames: '[name].js',
        assetFileNames: '[name][extname]',
      },
    },
  },
};

/** Put stand-ins in their places. */
function standIns(): Plugin {
  return {
    name: 'saev:stand-ins',
    enforce: 'pre',
    resolveId(source, importer) {
      if (importer === undefined || !source.startsWith('.')) return undefined;
      const file = relative(ROOT, resolve(dirname(importer), source)).replaceAll('\\', '/');
      const place = STAND_INS[file];
      return place === undefined ? undefined : join(ROOT, place);
    },
  };
}

/** Refuse what a browser does not have. */
function withoutNode(): Plugin {
  return {
    name: 'saev:without-node',
    enforce: 'pre',
    resolveId(source, importer) {
      if (!/^(node:|onnxruntime-node$|sharp$|koffi$)/.test(source)) return undefined;
      throw new Error(`'${source}' is imported by '${importer}', which is for a browser`);
    },
  };
}

/** Lay onnxruntime's own files beside the program. */
function onnxFiles(): Plugin {
  return {
    name: 'saev:onnx-files',
    writeBundle({ dir }) {
      mkdirSync(dir!, { recursive: true });
      for (const file of ONNX_FILES) {
        const url = import.meta.resolve(`onnxruntime-web/${file}`);
        copyFileSync(fileURLToPath(url), join(dir!, file));
      }
    },
  };
}
