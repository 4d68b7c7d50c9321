/**
 * Every behaviour of the conformance list that the API machinery answers for has a test that carries
 * its name: [sig-api-machinery] without webhooks, custom resources, aggregation, quota and the
 * evaluation of policies, which are yet to come; [sig-instrumentation]; [sig-architecture].
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const TESTNAMES = [
  'API Chunking, server should return chunks of results for list calls',
  'API Chunking, server should support continue listing from the last key even if the original version has been compacted away',
  'API metadata HTTP return',
  'Admission webhook, discovery document',
  'Aggregated Discovery Endpoint Accept Headers',
  'Aggregated Discovery Interface',
  'Confirm a server version',
  'Conformance tests minimum number of nodes.',
  'Custom Resource Definition, discovery',
  'Discovery, confirm the PreferredVersion for each api group',
  'Discovery, confirm the groupVerion and a resourcefrom each apiGroup',
  'Event, delete a collection',
  'Event, manage lifecycle of an Event',
  'Garbage Collector, delete deployment,  propagation policy background',
  'Garbage Collector, delete deployment, propagation policy orphan',
  'Garbage Collector, delete replication controller, after owned pods',
  'Garbage Collector, delete replication controller, propagation policy background',
  'Garbage Collector, delete replication controller, propagation policy orphan',
  'Garbage Collector, dependency cycle',
  'Garbage Collector, multiple owners',
  'MutatingAdmissionPolicy API',
  'MutatingAdmissionPolicyBinding API',
  'Namespace patching',
  'Namespace, apply changes to a namespace status',
  'Namespace, apply finalizer to a namespace',
  'Namespace, apply update to a namespace',
  'New Event resource lifecycle, testing a list of events',
  'New Event resource lifecycle, testing a single event',
  'Ordered Namespace Deletion',
  'Priority and Fairness FlowSchema API',
  'Priority and Fairness PriorityLevelConfiguration API',
  'Server side field validation, typed object',
  'Server side field validation, typed unknown metadata',
  'ValidatingAdmissionPolicy API',
  'ValidatingadmissionPolicyBinding API',
  'namespace-deletion-removes-pods',
  'namespace-deletion-removes-services',
  'watch-configmaps-closed-and-restarted',
  'watch-configmaps-from-resource-version',
  'watch-configmaps-label-changed',
  'watch-configmaps-with-multiple-watchers',
  'watch-consistency',
];

test('every name is carried by exactly one test', () => {
  const sources = ['src', 'test'].flatMap(testFilesIn).map(path => readFileSync(path, 'utf8'));
  const titles = sources.flatMap(source =>
    [...source.matchAll(/\btest\(\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g)].map(([, , title = '']) => title),
  );
  const carriers = (name: string) =>
    titles.filter(title => title === name || title.startsWith(`${name}: `) || title.startsWith(`${name}, `));
  for (const name of TESTNAMES) expect(carriers(name), name).toHaveLength(1);
});

function testFilesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts'))
    .map(name => join(folder, name));
}
