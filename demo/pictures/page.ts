import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A page that shows Markdown as GitHub does: its style sheet, tables and HTML, and Mermaid's diagrams. */
export async function pageOf(markdown: string, tools: string): Promise<string> {
  const from = (path: string) => join(tools, 'node_modules', path);
  const { marked } = await import(pathToFileURL(from('marked/lib/marked.esm.js')).href);
  const body = String(marked.parse(markdown, { gfm: true, async: false })).replaceAll(
    /<pre><code class="language-mermaid">([\s\S]*?)<\/code><\/pre>/g,
    '<pre class="mermaid">$1</pre>',
  );
  const style = readFileSync(from('github-markdown-css/github-markdown.css'), 'utf8');
  const mermaid = pathToFileURL(from('mermaid/dist/mermaid.min.js')).href;
  return `<!doctype html>
<meta charset="utf-8">
<style>${style}
body { margin: 0; }
.markdown-body { padding: 24px; }
pre.mermaid { background: none; text-align: center; }
</style>
<article class="markdown-body">${body}</article>
<script src="${mermaid}"></script>
<script type="module">
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: dark ? 'dark' : 'default' });
  await mermaid.run();
  document.documentElement.dataset.ready = 'yes';
</script>
`;
}
