import { holdsAtAnyRequest } from './hold.ts';

holdsAtAnyRequest({
  name: 'publish alone, through virtual proxies',
  mode: 'Overwrite',
  streams: ['Review'],
  after: ['Demo Build@Everyone', 'Demo Build@Review'],
  proxied: true,
});

holdsAtAnyRequest({
  name: 'duplicate to two',
  mode: 'Duplicate',
  streams: ['Everyone', 'Review'],
  after: ['Demo Build@Everyone', 'Demo Build@Everyone', 'Demo Build@Review'],
});
