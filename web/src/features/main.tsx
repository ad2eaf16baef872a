import { mountPage } from '../shared/page.tsx';
import { App } from './app.tsx';
import { readIndex } from './page-source.ts';

mountPage(() => {
  const index = readIndex();
  return { title: `${index.title} – features`, page: <App index={index} /> };
});
