import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openBrowser } from './browser.ts';
import { pageOf } from './page.ts';
import { SCENES, summaryOf } from './scenes.ts';

/** Draws the job summary of each scene, as GitHub shows it, into a folder: .ci/pictures/run installs what is needed. */
const { PICTURE_TOOLS: tools, CHROMIUM: chromium = 'chromium' } = process.env;
if (tools === undefined) throw new Error('Run "npm run pictures": it installs what draws.');
const target = resolve(process.argv[2] ?? 'docs/pictures');
const wanted = process.argv.slice(3);
const folder = mkdtempSync(join(tmpdir(), 'qrs-action-pictures-'));
mkdirSync(target, { recursive: true });
const browser = await openBrowser(chromium);
try {
  for (const scene of SCENES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    const summary = await summaryOf(scene, folder);
    const page = join(folder, `${scene.name}.html`);
    writeFileSync(page, await pageOf(summary, tools));
    const { picture, problems } = await browser.picture(pathToFileURL(page).href, {
      width: 1012,
      scheme: 'light',
    });
    writeFileSync(join(target, `${scene.name}.webp`), picture);
    process.stdout.write(`${scene.name}.webp: ${Math.ceil(picture.length / 1000)} kB\n`);
    for (const problem of problems) {
      process.stderr.write(`${scene.name}: ${problem}\n`);
      process.exitCode = 1;
    }
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
