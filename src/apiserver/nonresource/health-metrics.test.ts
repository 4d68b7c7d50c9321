import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';
import { HealthMetrics } from './health-metrics.ts';

test('what endpoints of health have checked is told, each check by its endpoint', async () => {
  await using cluster = await startInProcessCluster();
  const slis = async () => (await call(cluster.server, 'GET', '/metrics/slis')).text;
  expect(await slis()).toBe('');
  for (const path of ['/readyz', '/readyz?verbose', '/livez?exclude=ping', '/livez/ping'])
    await call(cluster.server, 'GET', path);
  expect(await slis()).toContain('kubernetes_healthcheck{name="ping",type="readyz"} 1\n');
  expect(await slis()).toContain(
    'kubernetes_healthchecks_total{name="ping",status="success",type="readyz"} 2\n',
  );
  expect(await slis()).not.toContain('name="ping",type="livez"');
  expect((await call(cluster.server, 'GET', '/')).json.paths).toContain('/metrics/slis');
});

test('a check that failed and is well again has both counts', () => {
  const metrics = new HealthMetrics();
  metrics.observe('readyz', 'store', false);
  expect(String(metrics.response().body)).toContain('kubernetes_healthcheck{name="store",type="readyz"} 0');
  metrics.observe('readyz', 'store', true);
  expect(String(metrics.response().body)).toBe(
    [
      '# HELP kubernetes_healthcheck [STABLE] This metric records the result of a single healthcheck.',
      '# TYPE kubernetes_healthcheck gauge',
      'kubernetes_healthcheck{name="store",type="readyz"} 1',
      '# HELP kubernetes_healthchecks_total [STABLE] This metric records the results of all healthcheck.',
      '# TYPE kubernetes_healthchecks_total counter',
      'kubernetes_healthchecks_total{name="store",status="error",type="readyz"} 1',
      'kubernetes_healthchecks_total{name="store",status="success",type="readyz"} 1',
      '',
    ].join('\n'),
  );
});
