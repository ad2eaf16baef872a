import { mountPage } from '../shared/page.tsx';
import { App } from './app.tsx';
import { documentSource } from './document-source.ts';

mountPage(() => {
  const source = documentSource();
  return { title: `${source.index.title} – features`, page: <App source={source} /> };
});
