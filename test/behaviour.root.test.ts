// What a whole cluster does with pods and with what makes pods, compared with what upstream v1.36.2
// did (test/oracle/behaviour.jsonl, played by behave.py): final objects, events, last states.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCluster, type TestCluster } from './support/cluster.ts';

/** Scenario → why it differs. It only shrinks. */
const golden = JSON.parse(readFileSync('test/oracle/golden/behaviour.json', 'utf8')) as Record<
  string,
  string
>;

/** The recording's busyboxplus was another image under that name; what its status says of it differs. */
const SAMPLE_IMAGE = /(\/image: upstream "docker\.io\/library\/busybox:1\.37"|\/imageID: )/;

/**
 * Whether the first probe of a pod that just started comes before nginx listens is a race of some
 * milliseconds, upstream as here: such an event may be missing, or extra.
 */
const FIRST_PROBE = /^ {4}(missing|extra) event .*Readiness probe failed: .*connect: connection refused/;

/**
 * How many writes bring a slice to its last state depends on how many pods a sync finds ready, upstream
 * as here. The annotation tells of the pod that the last one was about, and is taken off by one about none.
 */
const SLICE_WRITES =
  /^ {4}EndpointSlice\/\S+\/metadata\/(generation: |annotations: .*"endpoints\.kubernetes\.io\/last-change-trigger-time")/;

describe('behaviour', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster('--node-name real-1');
  });
  afterAll(async () => {
    await cluster?.close();
  });

  test('is upstream’s in every scenario but those listed with a reason', async () => {
    const { output } = await cluster.run(
      `python3 test/oracle/behave.py --kubeconfig $KUBECONFIG --parallel 10 --show 40 test/oracle/behaviour.jsonl`,
      { timeoutMs: 420_000 },
    );
    console.log(output);
    expect(output).toMatch(/^\d+ of \d+ equal$/m);
    const unexpected = [...differing(output)]
      .filter(([id]) => !(id in golden))
      .map(([id, lines]) => `${id}\n${lines.join('\n')}`);
    expect(unexpected).toEqual([]);
  }, 480_000);
});

/** Scenario id → the lines that differ, from what behave.py prints. */
export function differing(output: string): Map<string, string[]> {
  const out = new Map<string, string[]>();
  let current = '';
  for (const line of output.split('\n')) {
    if (/^behaviour\/\S+$/.test(line)) current = line;
    else if (line.startsWith('    ') && ![SAMPLE_IMAGE, FIRST_PROBE, SLICE_WRITES].some(p => p.test(line)))
      out.set(current, [...(out.get(current) ?? []), line.trim()]);
  }
  return out;
}
