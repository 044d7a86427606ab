import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Site } from '../../simulator/site/site.ts';
import { shelf, tagsOf } from '../sites-for-tests.ts';
import { appNamed, appResults, on, onThree, type Scene } from './scene.ts';

/** The source is asked again right before anything goes live: what is no longer asked is not done. */

const DATA = {
  streams: ['Build'],
  tags: ['frozen', 'Promoted'],
  customProperties: {
    PromoteToServer: ['Test - Overwrite', 'Test - Duplicate', 'Prod - Overwrite'],
    PromoteToStream: ['Everyone', 'Review'],
    PromotionApproval: ['Approve', 'Deny'],
  },
  apps: [
    {
      name: 'Demo Build',
      stream: 'Build',
      size: '9 KB',
      properties: {
        PromoteToServer: ['Test - Overwrite'],
        PromoteToStream: ['Everyone', 'Review'],
        PromotionApproval: ['Approve'],
      },
    },
  ],
};
const STAGE = { devData: DATA };
const SPEC = `
from: dev
when: { properties: { PromotionApproval: { is: Approve, not: Deny } }, tags: { lacks: [frozen] } }
to: { properties: { server: PromoteToServer, stream: PromoteToStream } }
done: { tag: Promoted }`;

const source = (set: Scene) => appNamed(set.dev, 'Demo Build');

function say(set: Scene, property: string, value: string): void {
  const app = source(set);
  const row = app.customProperties.find(({ definition }) => definition.name === property) ?? assert.fail();
  row.value = value;
  app.modifiedDate = set.dev.site.now();
}

function tag(set: Scene, name: string): void {
  const app = source(set);
  app.tags.push([...set.dev.site.tags.values()].find(one => one.name === name) ?? assert.fail());
  app.modifiedDate = set.dev.site.now();
}

const MEANWHILE: [string, (set: Scene) => void, RegExp][] = [
  ['Approve becomes Deny', set => say(set, 'PromotionApproval', 'Deny'), /PromotionApproval is "Deny"/],
  ['a tag "frozen" comes', set => tag(set, 'frozen'), /it has the tag "frozen"/],
  ['somebody else tags it as promoted', set => tag(set, 'Promoted'), /it has the tag "Promoted" by now/],
  [
    'it asks for the other mode',
    set => say(set, 'PromoteToServer', 'Test - Duplicate'),
    /asks for the mode duplicate/,
  ],
  [
    'it asks for another site',
    set => say(set, 'PromoteToServer', 'Prod - Overwrite'),
    /names no site|no longer asks/,
  ],
  [
    'a stream is taken back',
    set => say(set, 'PromoteToStream', 'Review'),
    /no longer asks for stream "Everyone"/,
  ],
  ['it asks for nothing', set => (source(set).customProperties = []), /PromotionApproval is empty/],
  ['it is deleted', set => set.dev.site.apps.delete(set.app), /is no longer on site "dev"/],
];

for (const [what, act, reason] of MEANWHILE) {
  test(`asked again: ${what} while it is uploaded: skipped, and nothing stays`, () =>
    on(STAGE, async set => {
      const before = shelf(set.test);
      set.test.faults.add({ method: 'POST', path: /upload/, fault: { run: (_: Site) => void act(set) } });
      const report = await set.run(SPEC);
      assert.equal(report.outcome, 'nothing-to-do', report.failures.join('\n'));
      assert.match(report.lines.join('\n'), reason);
      assert.deepEqual(shelf(set.test), before);
      if (set.dev.site.apps.has(set.app) && what !== 'somebody else tags it as promoted')
        assert.deepEqual(
          tagsOf(set.dev, set.app).filter(name => name === 'Promoted'),
          [],
        );
    }));
}

test('asked again: what is asked for beside is left for the next run', () =>
  onThree({ ...STAGE, prod: { streams: ['Everyone', 'Review'] } }, async set => {
    const also = () => {
      const app = source(set);
      const row =
        app.customProperties.find(({ definition }) => definition.name === 'PromoteToServer') ?? assert.fail();
      app.customProperties.push({
        ...row,
        id: '11111111-2222-4333-8444-555555555555',
        value: 'Prod - Overwrite',
      });
      app.modifiedDate = set.dev.site.now();
    };
    set.test.faults.add({ method: 'POST', path: /upload/, fault: { run: also } });
    const first = await set.run(SPEC);
    assert.equal(first.outcome, 'promoted', first.failures.join('\n'));
    assert.deepEqual(shelf(set.prod), []);
    assert.deepEqual(tagsOf(set.dev, set.app), [], 'a tag would leave the second target undone');
    assert.equal((await set.run(SPEC)).outcome, 'promoted');
    assert.deepEqual(shelf(set.prod), ['Demo Build@Everyone', 'Demo Build@Review']);
    assert.deepEqual(tagsOf(set.dev, set.app), ['Promoted']);
    assert.equal(appResults(first)[0]?.tag, 'not due');
  }));
