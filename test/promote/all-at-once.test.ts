import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsOf } from '../../src/base/errors.ts';
import { FOR_GOOD, onThree, type ThreeSites } from './scene.ts';

/** Whatever the sites have to say against a spec is in one report: all of them are asked, whatever the others answer. */

const STAGE = {
  prod: {
    streams: ['Everyone'],
    users: ['COMPANY\\anna'],
    customProperties: { Stage: ['Test', 'Prod'] },
  },
  testData: { streams: ['Everyone', 'Review'], users: ['COMPANY\\carl'] },
  devData: { tags: ['release'], customProperties: { Approval: ['Approve'] } },
};

const WRONG_ON_PROD = `
  - site: prod
    streams: [Evryone]
    owner: COMPANY\\ana
    custom-properties: { stage: Test }`;

const SAYS_PROD = [
  /[Ss]ite "prod" has none of the wanted streams: "Evryone"\. Did you mean "Everyone"\?/,
  /[Ss]ite "prod" has no user COMPANY\\ana\. Did you mean "COMPANY\\anna"\?/,
  /[Ss]ite "prod" has no custom property "stage"\. Did you mean "Stage"\? Only the case differs\./,
];

async function saidBy(set: ThreeSites, spec: string): Promise<string[]> {
  try {
    const { failures, warnings } = await set.run(spec);
    return [...failures, ...warnings];
  } catch (error) {
    return problemsOf(error).map(({ text }) => text);
  }
}

function has(said: readonly string[], ...patterns: RegExp[]): void {
  for (const pattern of patterns) {
    const count = said.filter(text => pattern.test(text)).length;
    assert.equal(count, 1, `${count} of ${pattern}:\n${said.join('\n')}`);
  }
}

test('a dead source and a dead target hide nothing of what another target does not have', () =>
  onThree(STAGE, async set => {
    for (const { faults } of [set.dev, set.test]) {
      faults.add({ times: FOR_GOOD, fault: { hangUp: 'before' } });
    }
    const said = await saidBy(set, `from: dev\nto:\n  - { site: test, streams: [Everyone] }${WRONG_ON_PROD}`);
    has(said, /^Site "dev" gave no answer/, /^Site "test" gave no answer/, ...SAYS_PROD);
    assert.equal(said.length, 5);
  }));

test('wrong conditions and apps that are not there hide nothing either', () =>
  onThree(STAGE, async set => {
    const said = await saidBy(
      set,
      `from: dev
apps: [{ name: demo build }, { name: Demo Build, stream: Review }, { name: Demo Bild }]
when: { properties: { Approval: Aprove }, tags: { has: [Release] } }
to:${WRONG_ON_PROD}`,
    );
    has(
      said,
      /called "demo build" on site "dev", or .* Did you mean "Demo Build"\? Only the case differs\./,
      /called "Demo Build" in stream "Review" on site "dev".* It is in "Build"\./,
      /called "Demo Bild" .* Did you mean "Demo Build"\?$/,
      /no value "Aprove" of the custom property "Approval", or INTERNAL.sa_api may not read it\. Did you mean "Approve"\?/,
      /no tag "Release", or INTERNAL.sa_api may not read it\. Did you mean "release"\? Only the case differs\./,
      ...SAYS_PROD,
    );
    assert.equal(said.length, 8);
  }));

test('nor do apps that are not there alone', () =>
  onThree(STAGE, async set => {
    const said = await saidBy(set, `from: dev\napps: [{ name: Demo Bild }]\nto:${WRONG_ON_PROD}`);
    has(said, /called "Demo Bild"/, ...SAYS_PROD);
  }));

test('a property that names no site hides nothing of the other sites', () =>
  onThree(
    {
      ...STAGE,
      devData: {},
      app: {
        properties: {
          PromoteToServer: ['Moon - Overwrite', 'Prod - Overwrite'],
          PromoteToStream: ['Review'],
        },
      },
    },
    async set => {
      const said = await saidBy(
        set,
        'from: dev\nto: { properties: { server: PromoteToServer, stream: PromoteToStream } }\nowner: COMPANY\\ana',
      );
      has(
        said,
        /"Moon - Overwrite", which names no site/,
        /"prod" has none of the wanted streams/,
        /no user/,
      );
    },
  ));

test('a user of another directory, and a value that differs by its case, are named', () =>
  onThree(STAGE, async set => {
    const said = await saidBy(
      set,
      'from: dev\nto: [{ site: prod, streams: [Everyone], owner: COMPNY\\anna, custom-properties: { Stage: prod } }]',
    );
    has(
      said,
      /has no user COMPNY\\anna\. Did you mean "COMPANY\\anna"\?/,
      /does not allow "prod"\. Did you mean "Prod"\? Only the case differs\./,
    );
  }));

test('where all is well, no name is looked up for a hint', () =>
  onThree(STAGE, async set => {
    await saidBy(set, 'from: dev\nto: [{ site: prod, streams: [Everyone], owner: COMPANY\\anna }]');
    const lists = set.prod.counters.requests.filter(
      ({ path, query }) => /stream|user/.test(path) && query === '',
    );
    assert.deepEqual(lists, []);
  }));

test('a filter that the site does not understand hides nothing', () =>
  onThree(STAGE, async set => {
    const said = await saidBy(
      set,
      `from: dev\napps: [{ filter: name eq "X" }, { name: Demo Bild }]\nto:${WRONG_ON_PROD}`,
    );
    has(said, /Is the filter right\?/, /called "Demo Bild"/, ...SAYS_PROD);
  }));
