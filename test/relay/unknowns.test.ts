import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { answersFor } from '../unknowns.ts';
import { edit } from './edit.ts';
import { endStages } from './stage.ts';
import { HOUR, names, started } from './started.ts';

/** One change is one dispatch, whatever the answer to an open question of QRS is, and also after a restart of QRS. */

afterEach(endStages);

for (const switches of answersFor('relay')) {
  test(`a change is dispatched once, with ${JSON.stringify(switches)}`, async () => {
    const it = await started({ switches });
    await edit(it, 'Sales', { description: 'Changed' });
    await it.heard();
    // Where its notification is lost, the relay asks for changes from time to time.
    await it.time.pass(HOUR);
    assert.deepEqual(names(it), ['Sales']);
    await it.dev.restart();
    // Nobody can change an app before the site has booted; the relay tries.
    await it.time.pass(it.dev.site.switches.boot.notJson);
    await edit(it, 'Stock', { description: 'Changed' });
    await it.time.pass(HOUR);
    assert.deepEqual(names(it), ['Sales', 'Stock']);
  });
}
