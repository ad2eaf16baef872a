import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';
import { engineBuild } from './engine-build.ts';

/** The pages, each with what it shows: `src/NAME/main.tsx` becomes `NAME.html`. */
const PAGES: Readonly<Record<string, string>> = {
  features: 'features',
  circuits: 'circuit',
  scores: 'scores',
  runs: 'runs',
  workbench: 'workbench',
};

// `--mode engine` is the program that published pages compute with. Else one page a build, `--mode NAME`: everything a page needs goes into its one file, and scripts that two pages share
// would be files of their own, which vite-plugin-singlefile leaves where they are.
export default defineConfig(({ mode }) => {
  if (mode === 'engine') return engineBuild;
  const page = PAGES[mode] === undefined ? 'features' : mode;
  return {
    root: import.meta.dirname,
    plugins: [
      react(),
      fillPlaces({ page, title: PAGES[page]! }),
      viteSingleFile({ outputFileName: `${page}.html` }),
    ],
    build: {
      outDir: '../dist/web',
      emptyOutDir: page === 'features',
      target: 'es2022',
      reportCompressedSize: false,
      rollupOptions: { input: 'page.html' },
    },
  };
});

/** Write texts into the `{{places}}` of the template that all pages share. */
function fillPlaces(texts: Readonly<Record<string, string>>): Plugin {
  return {
    name: 'saev:fill-places',
    transformIndexHtml: {
      order: 'pre',
      handler: (html) => html.replace(/\{\{(\w+)\}\}/g, (_, place: string) => texts[place]!),
    },
  };
}
