// The tutorial, from end to end: the real kubectl, real containers, and the transcript a reader
// would have on the screen.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCluster, type TestCluster } from './support/cluster.ts';
import { byCommand, comparable, parseScript, play, redact } from './support/transcript.ts';

const GOLDEN = 'examples/tutorial/transcript.golden.txt';

describe('the tutorial', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(async () => {
    await cluster?.close();
  });

  test('plays as written down, and as upstream played it', async () => {
    const script = parseScript(readFileSync('examples/tutorial/tutorial.txt', 'utf8'));
    const node = (await cluster.ok("kubectl get node -o jsonpath='{.items[0].metadata.name}'")).trim();
    const transcript = redact(await play(script, command => cluster.run(command)), node);
    if (process.env.UPDATE_GOLDEN) writeFileSync(GOLDEN, transcript);
    expect(comparable(transcript)).toBe(comparable(readFileSync(GOLDEN, 'utf8')));

    const upstream = byCommand(comparable(readFileSync('test/oracle/tutorial.transcript', 'utf8')));
    const ours = byCommand(comparable(transcript));
    const different = [...upstream]
      .filter(([command, outputs]) => outputs.join('\n') !== ours.get(command)?.join('\n'))
      .map(([command]) => command);
    expect(different).toEqual(EXPECTED_DIFFERENCES);
  });
});

/** Commands whose output is not upstream's, each with its reason. */
const EXPECTED_DIFFERENCES: readonly string[] = [
  // The recording's sample image had hostname.html as a file; ours makes it from the configuration.
  'kubectl exec deploy/nginx -- ls /usr/share/nginx/html',
  // The recorded cluster was older than an hour: the events of its node's start had expired.
  'kubectl get events --sort-by=.lastTimestamp -o custom-columns=TYPE:.type,REASON:.reason,OBJECT:.involvedObject.kind --no-headers | sort | uniq',
];
