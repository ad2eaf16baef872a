import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';

// One page a build, as everything a page needs goes into its one file: `--mode circuits` for the second.
export default defineConfig(({ mode }) => {
  const page = mode === 'circuits' ? 'circuits' : 'features';
  return {
    root: import.meta.dirname,
    plugins: [react(), viteSingleFile()],
    build: {
      outDir: '../dist/web',
      emptyOutDir: page === 'features',
      target: 'es2022',
      reportCompressedSize: false,
      rollupOptions: { input: `${page}.html` },
    },
  };
});
