import { useEffect } from 'react';
import { keptChoice, useKeptChoice } from '../kept-choice.ts';

const THEMES = ['auto', 'light', 'dark'] as const;
const SIGNS: Record<(typeof THEMES)[number], string> = { auto: '◐', light: '○', dark: '●' };

const kept = keptChoice('theme', THEMES);

/** Light, dark, or as the system is. */
export function ThemeButton() {
  const [theme, choose] = useKeptChoice(kept);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
  return (
    <button
      type="button"
      className="theme-button"
      aria-label={`Colours: ${theme}. Change to ${next}`}
      title={`Colours: ${theme}`}
      onClick={() => choose(next)}
    >
      <span aria-hidden="true">{SIGNS[theme]}</span>
    </button>
  );
}

/** Call `run` when the colours of the page change; gives the function that ends it. */
export function onThemeChange(run: () => void): () => void {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(run);
  query.addEventListener('change', run);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    query.removeEventListener('change', run);
    observer.disconnect();
  };
}
