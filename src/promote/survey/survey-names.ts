import type { Qrs } from '../../qrs/connection.ts';
import { allProperties, findProperties } from '../../qrs/properties.ts';
import { findStreams, streamNames } from '../../qrs/streams.ts';
import { findTags, tagNames } from '../../qrs/tags.ts';
import { findUsers, isCalled, similarUsers } from '../../qrs/users.ts';
import { NO_REQUIRED_FACTS, surveyRequired } from '../requires/survey-required.ts';
import type { Names } from './facts.ts';
import { ifShown } from './if-shown.ts';
import type { Wish } from './wish.ts';

export const NO_NAMES: Names = {
  streams: new Map(),
  tags: [],
  properties: [],
  users: [],
  required: NO_REQUIRED_FACTS,
  others: { streams: [], properties: [], users: [], tags: [] },
};

/** Looks up one kind after the other on one connection: a second TLS handshake would take longer than the wait. */
export async function surveyNames(
  qrs: Qrs,
  wishes: readonly Pick<Wish, 'streams' | 'options'>[],
): Promise<Names> {
  const options = wishes.map(wish => wish.options);
  const ofTasks = options.flatMap(({ reloadTask }) => reloadTask ?? []);
  const wanted = {
    streams: unique(wishes.flatMap(wish => wish.streams)),
    tags: unique([...options.flatMap(({ tags }) => tags), ...ofTasks.flatMap(({ tags = [] }) => tags)]),
    properties: unique(
      [...options, ...ofTasks].flatMap(({ customProperties = {} }) => Object.keys(customProperties)),
    ),
    users: unique(options.flatMap(({ owner }) => owner ?? [])),
  };
  const streams = Map.groupBy(await findStreams(qrs, wanted.streams), ({ name }) => name);
  const tags = await findTags(qrs, wanted.tags);
  const properties = await findProperties(qrs, wanted.properties);
  const users = await findUsers(qrs, wanted.users);
  const required = await surveyRequired(qrs, {
    connections: options.flatMap(({ requires }) => requires.connections),
    extensions: options.flatMap(({ requires }) => requires.extensions),
    tasks: [
      ...options.flatMap(({ requires }) => requires.tasks),
      ...ofTasks.flatMap(({ after = [] }) => after),
    ],
  });
  const lacking = wanted.users.filter(name => !users.some(user => isCalled(user, name)));
  const taskTags = ofTasks.flatMap(one => one.tags ?? []);
  const others = {
    streams: wanted.streams.every(name => streams.has(name)) ? [] : await ifShown(streamNames(qrs)),
    properties: wanted.properties.every(name => properties.some(one => one.name === name))
      ? []
      : (await ifShown(allProperties(qrs))).map(({ name }) => name),
    tags: taskTags.every(name => tags.some(tag => tag.name === name)) ? [] : await ifShown(tagNames(qrs)),
    users: lacking.length === 0 ? [] : await ifShown(similarUsers(qrs, lacking)),
  };
  return { streams, tags, properties, users, required, others };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
