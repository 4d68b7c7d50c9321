/**
 * /debug/api_priority_and_fairness/dump_priority_levels, dump_queues and dump_requests: what the
 * queues hold now, as upstream's tables (documentation, "API Priority and Fairness", "Debug endpoints").
 */
import { type ApiResponse, textResponse } from '../request.ts';
import { ESTIMATE_MS } from './fair-queues.ts';
import type { FlowControl } from './flow-control.ts';
import { Place } from './place.ts';

const PATH = '/debug/api_priority_and_fairness/';

export interface DumpTimes {
  /** Wall clock and the one that never goes back, at one moment. */
  readonly nowMs: number;
  readonly monotonicMs: number;
}

/** Undefined: no such path. */
export function debugDump(
  flowControl: FlowControl,
  path: string,
  query: URLSearchParams,
  times: DumpTimes,
): ApiResponse | undefined {
  if (!path.startsWith(PATH)) return undefined;
  switch (path.slice(PATH.length)) {
    case 'dump_priority_levels':
      return textResponse(200, table(priorityLevels(flowControl)));
    case 'dump_queues':
      return textResponse(200, table(queues(flowControl)));
    case 'dump_requests':
      return textResponse(200, table(requests(flowControl, query.get('includeRequestDetails'), times)));
    default:
      return undefined;
  }
}

type Row = readonly (string | number | boolean)[];

function priorityLevels({ levels, flows }: FlowControl): Row[] {
  const rows: Row[] = [
    [
      'PriorityLevelName',
      'ActiveQueues',
      'IsIdle',
      'IsQuiescing',
      'WaitingRequests',
      'ExecutingRequests',
      'DispatchedRequests',
      'RejectedRequests',
      'TimedoutRequests',
      'CancelledRequests',
    ],
  ];
  for (const { name, queues, quiescing } of levels.values()) {
    const own = [...flows.values()].filter(flow => flow.level === name);
    const sum = (read: (flow: (typeof own)[number]) => number) =>
      own.reduce((total, flow) => total + read(flow), 0);
    rows.push([
      name,
      queues.activeQueues,
      queues.idle,
      quiescing,
      queues.requestsWaiting,
      queues.requestsExecuting,
      sum(flow => flow.dispatched),
      sum(flow => flow.refused['queue-full'] + flow.refused['concurrency-limit']),
      sum(flow => flow.refused['time-out']),
      sum(flow => flow.refused.cancelled),
    ]);
  }
  return rows;
}

function queues({ levels }: FlowControl): Row[] {
  const rows: Row[] = [
    [
      'PriorityLevelName',
      'Index',
      'PendingRequests',
      'ExecutingRequests',
      'SeatsInUse',
      'NextDispatchR',
      'InitialSeatsSum',
      'MaxSeatsSum',
      'TotalWorkSum',
    ],
  ];
  for (const level of levels.values())
    for (const { index, queue } of level.queues.dump()) {
      const seats = Math.round((queue?.waitingWork ?? 0) / ESTIMATE_MS);
      rows.push([
        level.name,
        index,
        queue?.waiting.length ?? 0,
        queue?.executing ?? 0,
        queue?.seatsInUse ?? 0,
        seatSeconds(queue?.nextDispatchR ?? 0),
        seats,
        seats,
        seatSeconds(queue?.waitingWork ?? 0),
      ]);
    }
  return rows;
}

function requests({ levels }: FlowControl, details: string | null, times: DumpTimes): Row[] {
  const wallClock = (monotonicMs: number) =>
    new Date(times.nowMs + monotonicMs - times.monotonicMs).toISOString();
  const rows: Row[] = [
    [
      'PriorityLevelName',
      'FlowSchemaName',
      'QueueIndex',
      'RequestIndexInQueue',
      'FlowDistingsher',
      'ArriveTime',
      'InitialSeats',
      'FinalSeats',
      'AdditionalLatency',
      'StartTime',
      ...(details
        ? ['UserName', 'Verb', 'APIPath', 'Namespace', 'Name', 'APIVersion', 'Resource', 'SubResource']
        : []),
    ],
  ];
  const add = (place: unknown, queue: number, index: number) => {
    if (!(place instanceof Place)) return;
    const { flow, info, seats } = place;
    const { verb, path, namespace, name, group, version, resource, subresource } = info;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const start = place.executes ? wallClock(place.startMs) : '0001-01-01T00:00:00Z';
    rows.push([
      flow.level.name,
      flow.name,
      queue,
      index,
      place.distinguisher,
      wallClock(place.arrivalMs),
      seats,
      0,
      '0s',
      start,
      ...(details ? [place.user.name, verb, path, namespace, name, apiVersion, resource, subresource] : []),
    ]);
  };
  for (const level of levels.values()) {
    for (const place of level.queues.executing()) add(place, place.queue?.index ?? -1, -1);
    for (const { index, queue } of level.queues.dump())
      queue?.waiting.forEach((place, i) => {
        add(place, index, i);
      });
  }
  return rows;
}

const seatSeconds = (seatMs: number) => `${(seatMs / 1000).toFixed(8)}ss`;

/** Cells end with a comma and are padded to the widest of their column, 8 at least; the last is not. */
function table(rows: readonly Row[]): string {
  const cells = rows.map(row => row.map((cell, i) => (i < row.length - 1 ? `${cell},` : String(cell))));
  const widths = (cells[0] as string[]).map((_, i) =>
    Math.max(8, ...cells.map(row => (row[i] as string).length + 1)),
  );
  const lines = cells.map(row =>
    row.map((cell, i) => (i < row.length - 1 ? cell.padEnd(widths[i] as number) : cell)).join(''),
  );
  return `${lines.join('\n')}\n`;
}
