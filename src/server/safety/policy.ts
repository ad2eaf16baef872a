// The content security policy of the page: its own scripts and styles by their hashes, nothing from elsewhere.
import { createHash } from 'node:crypto';

/** Make the policy of a page; `html` is the page with its data. */
export function contentPolicy(html: string): string {
  // One after the other: a program may have words in it that look like an element.
  const elements = [...html.matchAll(/<(script|style)\b([^>]*)>([\s\S]*?)<\/\1>/g)];
  const hashes = (isOne: (name: string, attributes: string) => boolean): string =>
    elements
      .filter(([, name, attributes]) => isOne(name!, attributes!))
      .map(([, , , text]) => `'sha256-${hash(text!)}'`)
      .join(' ');
  const scripts = hashes((name, about) => name === 'script' && about.includes('type="module"'));
  const styles = hashes((name) => name === 'style');
  return [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval' ${scripts}`,
    `style-src 'self' ${styles}`,
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
