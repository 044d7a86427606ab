import { afterEach } from 'node:test';
import { APP, always, DAY, endTrials, testTrials } from './check-trials.ts';

afterEach(endTrials);

testTrials([
  [
    'the site is not there',
    { before: dev => dev.away() },
    /^problem Site "dev" gave no answer when asked to tell of changes of App: nothing listens at localhost:\d+\. /,
  ],
  [
    'the certificate is not trusted by the site',
    { site: `server-name: elsewhere` },
    /^problem Site "dev" gave no answer .* made out to other names .* Set server-name of the site/,
  ],
  [
    'the user has no rights',
    { before: always(/notification$/, { status: 403, body: 'Forbidden' }) },
    /^problem Site "dev" refused to tell of changes of App: 403 Forbidden\. Has INTERNAL\\sa_api the rights of an administrator\?$/,
  ],
  [
    'the user may not read',
    { before: always(/app\/full$/, { status: 403, body: 'Forbidden' }) },
    /^problem Site "dev" refused to read App 0{8}-.*: 403 Forbidden\. Has INTERNAL\\sa_api the right to read this\?$/,
  ],
  [
    'what was missed cannot be asked for',
    { before: always(/notification\/changes$/, { status: 403, body: 'Forbidden' }) },
    /^problem Site "dev" refused to list changes since .*: 403 Forbidden\./,
  ],
  [
    'the filter is wrong',
    { subscriptions: `${APP}    filter: publishd eq true\n` },
    /^problem Site "dev" refused to tell of changes of App: 400 .* Is the filter right\? Write text in single quotes\.$/,
  ],
  [
    'the type is unknown',
    { subscriptions: APP.replace('App', 'Apps') },
    /^problem Site "dev" refused to tell of changes of Apps: 400 .* "Apps" is no type of QRS that is known here: did you mean "App"\?$/,
  ],
  [
    'the property is misspelt',
    { subscriptions: `${APP}    property: lastReloadTme\n` },
    /^warning Site "dev": subscription "app-updated": "lastReloadTme" is no base property of App that is known here: did you mean "lastReloadTime"\?$/,
  ],
  [
    'a custom property is misspelt',
    { subscriptions: `${APP}    when: { properties: { PromotionAproval: Approve } }\n` },
    /^problem Site "dev": subscription "app-updated": there is no custom property "PromotionAproval"\. The site has .*PromotionApproval/,
  ],
  [
    'a value of a custom property is misspelt',
    { subscriptions: `${APP}    when: { properties: { PromotionApproval: [Aprove, Deny] } }\n` },
    /^problem Site "dev": subscription "app-updated": there is no value of PromotionApproval "Aprove"\. The site has Approve, Deny\.$/,
  ],
  [
    'a tag is misspelt',
    { subscriptions: `${APP}    when: { tags: { has: [relase] } }\n` },
    /^problem Site "dev": subscription "app-updated": there is no tag "relase"\. The site has release\.$/,
  ],
  [
    'custom properties may not be read',
    {
      subscriptions: `${APP}    when: { properties: { PromotionApproval: Approve } }\n`,
      before: always(/custompropertydefinition/, { status: 403, body: 'Forbidden' }),
    },
    /^warning Site "dev" refused to list custom properties: 403/,
  ],
  [
    'a subscription cannot be ended',
    { before: always(/notification$/, { status: 500 }, 'DELETE') },
    /^problem Site "dev" refused to end a subscription: 500/,
  ],
  [
    "the site's clock is ahead",
    { switches: { ahead: 90_000 } },
    /^warning Site "dev": its clock is (89|90|91) s ahead of this machine's\. /,
  ],
  [
    "the site's clock is behind",
    { switches: { ahead: -90_000 } },
    /^warning Site "dev": its clock is (89|90|91) s behind this machine's\. /,
  ],
  [
    'the client certificate soon expires',
    { later: 3650 * DAY - 10 * DAY },
    /^warning Site "dev": certificate: the client certificate expires on .*, in \d+ days\. Export a new one/,
  ],
  [
    'the client certificate has expired',
    { later: 3651 * DAY },
    /^problem Site "dev": (certificate: the client certificate|ca: the site's certificate authority) expired on /,
    2,
  ],
  [
    'certificates are not checked',
    { site: 'insecure: true' },
    /^warning Site "dev": its certificate is not checked/,
  ],
]);
