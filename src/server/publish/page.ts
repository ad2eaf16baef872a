// The page of a publication: it says itself what may run in it, as there may be no server to say so.
import { workbenchPage } from '../answers/page.ts';
import { contentPolicy } from '../safety/policy.ts';

/** Make the page with a title and the name of the folder of its data. */
export async function publishedPage(
  { title, data }: { readonly title: string; readonly data: string },
  template?: string,
): Promise<string> {
  const page = await workbenchPage({ kind: 'files', data }, template);
  // What frames the page may stand in cannot be said here. From the disk, browsers differ in what `'self'` is.
  const policy = contentPolicy(page)
    .replace(/; frame-ancestors [^;]+/, '')
    .replaceAll("'self'", "'self' file:");
  return page
    .replace('<head>', `<head>\n<meta http-equiv="Content-Security-Policy" content="${policy}">`)
    .replace(/<title>[^<]*<\/title>/, () => `<title>${escapeText(title)}</title>`);
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
