import { mountPage } from '../shared/page.tsx';
import { openSource } from '../shared/page-source.ts';
import { App } from './app.tsx';

mountPage(() => ({ title: 'saev', page: <App source={openSource()} /> }));
