import { mountPage } from '../shared/page.tsx';
import { App } from './app.tsx';
import { islandSource } from './circuit-source.ts';

mountPage(() => {
  const source = islandSource();
  return { title: `${source.island.title} – circuit`, page: <App source={source} /> };
});
