import { createRoot } from 'react-dom/client';
import type { PageIndex } from '../../../src/pages/feature-page.ts';
import '../styles/base.css';
import '../styles/page.css';
import '../styles/sidebar.css';
import '../styles/overview.css';
import '../styles/examples.css';
import '../styles/texts.css';
import '../styles/feature.css';
import '../styles/concepts.css';
import '../styles/dialogs.css';
import { App } from './app.tsx';
import { readIndex } from './page-source.ts';

const root = createRoot(document.getElementById('root')!);
let index: PageIndex | undefined;
try {
  index = readIndex();
} catch (error) {
  root.render(<p className="page-error">{(error as Error).message}</p>);
}
if (index !== undefined) {
  document.title = `${index.title} – features`;
  root.render(<App index={index} />);
}
