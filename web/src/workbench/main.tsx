import { withEngine } from '../engine/engine-source.ts';
import { mountPage } from '../shared/page.tsx';
import { openSource } from '../shared/page-source.ts';
import { App } from './app.tsx';

mountPage(() => {
  const source = openSource();
  return {
    title: 'saev',
    page: <App source={source.kind === 'files' ? withEngine(source) : source} />,
  };
});
