import type { Entity, Rule, Trigger } from '../site/entities.ts';
import { isTrigger, noDate } from '../site/entities.ts';
import { stored } from './render-parts.ts';
import { oneTask } from './render-tasks.ts';

const base = ({ id, name, enabled, schemaPath }: Trigger) => ({
  id,
  name,
  enabled,
  eventType: schemaPath === 'SchemaEvent' ? 0 : 1,
});

const operational = ({ operationalId, schemaPath, next }: Trigger) => ({
  id: operationalId,
  timesTriggered: 0,
  ...(schemaPath === 'SchemaEvent' ? { nextExecution: next() } : {}),
  privileges: null,
});

export const triggerCondensed = (trigger: Trigger) => ({
  ...base(trigger),
  operational: operational(trigger),
});

export const triggerFull = (trigger: Trigger) => ({
  ...stored(trigger),
  ...trigger.settings,
  ...triggerCondensed(trigger),
  ...oneTask(trigger.task),
  ...(trigger.schemaPath === 'CompositeEvent' ? { compositeRules: trigger.rules.map(ruleOf) } : {}),
});

const ruleOf = (rule: Rule) => ({
  ...stored({ ...rule, schemaPath: 'CompositeEventRule' }),
  ruleState: rule.ruleState,
  ...oneTask(rule.task),
  operational: { id: rule.id, timeStamp: noDate, currentState: 0, privileges: null },
});

/** Lists of all triggers show only the fields that both types have. */
export const anyTriggerCondensed = (entity: Entity) => (isTrigger(entity) ? base(entity) : {});
export const anyTriggerFull = (entity: Entity) =>
  isTrigger(entity) ? { ...stored(entity), ...base(entity), ...oneTask(entity.task) } : {};
