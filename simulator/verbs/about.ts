import { enums } from '../site/enums.ts';
import type { Site } from '../site/site.ts';
import { json } from './answers.ts';
import type { Call } from './call.ts';

export const about = () =>
  json(200, {
    buildVersion: '38.22.0.0',
    buildDate: '5/14/2024 12:43:37 PM',
    databaseProvider: 'Devart.Data.PostgreSql',
    nodeType: 1,
    sharedPersistence: true,
    requiresBootstrap: false,
    singleNodeOnly: false,
    schemaPath: 'About',
  });

/** The site has one node, which does everything. */
const centralNode = ({ nodeId, name, made }: Site) => ({
  id: nodeId,
  createdDate: made,
  modifiedDate: made,
  modifiedByUserName: 'INTERNAL\\sa_repository',
  name: 'Central',
  hostName: `qlik-${name}.company.com`,
  isCentral: true,
  nodePurpose: 2,
  engineEnabled: true,
  proxyEnabled: true,
  printingEnabled: true,
  schedulerEnabled: true,
  failoverCandidate: true,
  temporaryfilepath: '',
  roles: [],
  serviceCluster: null,
  tags: [],
  customProperties: [],
  schemaPath: 'ServerNodeConfiguration',
  privileges: null,
});

export const nodes = ({ site }: Call) => json(200, [centralNode(site)]);
export const localNode = ({ site }: Call) => json(200, centralNode(site));

/** Every enumeration, with its values as `number: name` (docs/qrs.md 1). */
export const describeEnums = () =>
  json(
    200,
    Object.fromEntries(
      Object.entries(enums).map(([name, values]) => [
        `${name[0]?.toUpperCase()}${name.slice(1)}Enum`,
        {
          schemaPath: 'EnumDescription',
          values: values.map((value, index) => `${index}: ${value}`),
          usages: [],
        },
      ]),
    ),
  );
