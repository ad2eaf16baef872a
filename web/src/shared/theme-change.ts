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
