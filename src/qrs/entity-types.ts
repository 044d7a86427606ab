import { nearest } from '../base/nearest.ts';

/** The types to which clients subscribe (docs/qrs.md 7.1). A site may have others. */
const TYPES = (
  'AnalyticConnection App App.Object ContentLibrary CustomPropertyDefinition DataConnection EngineService ' +
  'ExecutionResult ExecutionSession Extension ExternalProgramTask OdagService PrintingService ProxyService ReloadTask ' +
  'RepositoryService SchedulerService ServerNodeConfiguration Stream SystemRule Tag Task User UserDirectory ' +
  'UserSyncTask VirtualProxyConfig'
).split(' ');

const EVERY = 'id createdDate modifiedDate modifiedByUserName';
/** Base properties of QRS 38.22, the only ones that a subscription can name (docs/qrs.md 7.1). */
const PROPERTIES: Readonly<Record<string, string>> = {
  app:
    'name appId sourceAppId targetAppId publishTime published description fileSize lastReloadTime thumbnail ' +
    'savedInProductVersion migrationHash dynamicColor availabilityStatus lastDataDistribution',
  'app.object':
    'name engineObjectId contentHash size engineObjectType description attributes objectType publishTime published ' +
    'approved sourceObject draftObject appObjectBlobId',
  executionresult:
    'taskID executionID appID executingNodeID executingNodeName status startTime stopTime duration fileReferenceID ' +
    'scriptLogAvailable scriptLogLocation scriptLogSize',
  reloadtask: 'name taskType enabled taskSessionTimeout maxRetries isManuallyTriggered isPartialReload',
  stream: 'name',
  user: 'userId userDirectory userDirectoryConnectorName name inactive removedExternally blacklisted deleteProhibited',
};

const has = (names: readonly string[], name: string) =>
  names.some(one => one.toLowerCase() === name.toLowerCase());

/** A sentence that doubts an unknown type name; undefined for a known one. */
export function doubtAboutType(type: string): string | undefined {
  if (has(TYPES, type)) return undefined;
  return `"${type}" is no type of QRS that is known here${meant(type, TYPES)}`;
}

/** A sentence that doubts an unknown base property of a type; undefined for a known one. */
export function doubtAboutProperty(type: string, property: string): string | undefined {
  const known = PROPERTIES[type.toLowerCase()];
  const name = property.replace(/^!/, '');
  const names = `${EVERY} ${known}`.split(' ');
  if (known === undefined || has(names, name)) return undefined;
  return `"${name}" is no base property of ${type} that is known here${meant(name, names)}`;
}

function meant(word: string, names: readonly string[]): string {
  const near = nearest(word, names);
  return near === undefined ? '.' : `: did you mean "${near}"?`;
}
