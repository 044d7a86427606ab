import { enums } from '../site/enums.ts';
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

/** The site has one node. */
export const nodes = ({ site }: Call) =>
  json(200, [
    {
      id: site.nodeId,
      name: 'Central',
      hostName: `qlik-${site.name}.company.com`,
      isCentral: true,
      nodePurpose: 2,
      schemaPath: 'ServerNodeConfiguration',
    },
  ]);

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
