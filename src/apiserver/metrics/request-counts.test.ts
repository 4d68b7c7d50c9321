import { expect, test } from 'vitest';
import { requestInfo } from '../request-info.ts';
import { RequestCounts } from './request-counts.ts';

const info = (method: string, path: string) => requestInfo(method, path, new URLSearchParams());

function counts() {
  const time = { ms: 0 };
  const isServed = ({ resource }: { readonly resource: string }) => resource === 'pods';
  return { time, counts: new RequestCounts({ monotonicMs: () => time.ms, isServed }) };
}

test('counts requests by verb, resource and code, and how long they took', () => {
  const { counts: all, time } = counts();
  const answers = [200, 200, 404].map(code => {
    const answered = all.begin(info('GET', '/api/v1/namespaces/default/pods/a'));
    return () => answered(code);
  });
  expect(all.text()).toContain('apiserver_current_inflight_requests{request_kind="readOnly"} 3\n');
  time.ms = 4;
  for (const answered of answers) answered();
  all.begin(info('POST', '/api/v1/namespaces/default/pods'))(201);
  const pods = 'group="",version="v1",resource="pods",subresource=""';
  const text = all.text();
  expect(text).toContain(`apiserver_request_total{verb="GET",${pods},code="200"} 2\n`);
  expect(text).toContain(`apiserver_request_total{verb="GET",${pods},code="404"} 1\n`);
  expect(text).toContain(`apiserver_request_total{verb="CREATE",${pods},code="201"} 1\n`);
  expect(text).toContain(`apiserver_request_duration_seconds_bucket{verb="GET",${pods},le="0.002"} 0\n`);
  expect(text).toContain(`apiserver_request_duration_seconds_bucket{verb="GET",${pods},le="0.005"} 3\n`);
  expect(text).toContain(`apiserver_request_duration_seconds_count{verb="GET",${pods}} 3\n`);
  expect(text).toContain('apiserver_current_inflight_requests{request_kind="readOnly"} 0\n');
});

test('names that nobody serves, and methods that nobody knows, make no series of their own', () => {
  const { counts: all } = counts();
  for (let i = 0; i < 20; i++) {
    all.begin(info('GET', `/apis/group${i}/v1/things`))(404);
    all.begin(info(`BREW${i}`, '/coffee'))(405);
  }
  const series = all.text().match(/^apiserver_request_total\{.*$/gm);
  const none = 'group="",version="",resource="",subresource=""';
  expect(series).toEqual([
    `apiserver_request_total{verb="LIST",${none},code="404"} 20`,
    `apiserver_request_total{verb="OTHER",${none},code="405"} 20`,
  ]);
});
