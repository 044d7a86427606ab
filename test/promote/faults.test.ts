import { holdsAtAnyRequest } from './hold.ts';

holdsAtAnyRequest({
  name: 'replace and publish',
  mode: 'Overwrite',
  streams: ['Everyone', 'Review'],
  after: ['Demo Build@Everyone', 'Demo Build@Review'],
});

holdsAtAnyRequest({
  name: 'replace alone',
  mode: 'Overwrite',
  streams: ['Everyone'],
  after: ['Demo Build@Everyone'],
});
