/**
 * The part of /metrics about flow control, under upstream's names, in Prometheus' text format. Made
 * when it is asked for, from numbers that are kept anyway.
 *
 * Left out of upstream's: histograms of utilization sampled over time (they cost each request more
 * than its queueing), and the gauges of the progress meter, which dump_queues shows.
 */
import type { Histogram } from '../metrics/histogram.ts';
import { histogramFamily, type Labels, type Sample, family as textFamily } from '../metrics/text-format.ts';
import type { FlowControl } from './flow-control.ts';
import type { FlowStats } from './flow-stats.ts';
import type { PriorityLevel } from './priority-level.ts';

const PREFIX = 'apiserver_flowcontrol';

/** @returns lines of the text format, each with its end */
export function flowControlMetrics(flowControl: FlowControl): string {
  const levels = [...flowControl.levels.values()];
  const flows = [...flowControl.flows.values()];
  const byLevel = (read: (level: PriorityLevel) => number): Sample[] =>
    levels.map(level => [{ priority_level: level.name }, read(level)]);
  const byFlow = (read: (flow: FlowStats) => number): Sample[] =>
    flows.map(flow => [flowLabels(flow), read(flow)]);
  const gauge = (name: string, help: string, samples: readonly Sample[]) =>
    family(name, 'gauge', help, samples);
  return [
    family(
      'rejected_requests_total',
      'counter',
      'Requests refused, by reason.',
      flows.flatMap(flow =>
        Object.entries(flow.refused).map(([reason, n]): Sample => [{ ...flowLabels(flow), reason }, n]),
      ),
    ),
    family(
      'dispatched_requests_total',
      'counter',
      'Requests executed.',
      byFlow(flow => flow.dispatched),
    ),
    gauge(
      'current_inqueue_requests',
      'Requests that wait in queues.',
      byFlow(flow => flow.waiting),
    ),
    gauge(
      'current_inqueue_seats',
      'Seats that are waited for in queues.',
      byFlow(flow => flow.waitingSeats),
    ),
    gauge(
      'current_executing_requests',
      'Requests being executed; of watches, those that begin.',
      byFlow(flow => flow.executing),
    ),
    gauge(
      'current_executing_seats',
      'Seats in use.',
      byFlow(flow => flow.executingSeats),
    ),
    gauge(
      'nominal_limit_seats',
      'Seats by shares.',
      byLevel(({ limits }) => limits.nominal),
    ),
    gauge(
      'lower_limit_seats',
      'Seats less those that may be lent.',
      byLevel(({ limits }) => limits.least),
    ),
    gauge(
      'upper_limit_seats',
      'Seats with those that may be borrowed.',
      byLevel(({ limits }) => limits.most),
    ),
    gauge(
      'current_limit_seats',
      'Seats now.',
      byLevel(({ queues }) => queues.limit),
    ),
    gauge(
      'demand_seats_high_watermark',
      'The most seats wanted at once in the last period.',
      byLevel(({ demand }) => demand.highWatermark),
    ),
    gauge(
      'demand_seats_average',
      'Seats wanted in the last period.',
      byLevel(({ demand }) => demand.average),
    ),
    gauge(
      'demand_seats_stdev',
      'Standard deviation of seats wanted in the last period.',
      byLevel(({ demand }) => demand.deviation),
    ),
    gauge(
      'demand_seats_smoothed',
      'Seats wanted, smoothed.',
      byLevel(({ demand }) => demand.smoothed),
    ),
    gauge(
      'target_seats',
      'Seats the last borrowing aimed at.',
      byLevel(level => level.target),
    ),
    gauge('seat_fair_frac', 'The part of its target that a level gets.', [[{}, flowControl.fairFraction]]),
    histograms('request_wait_duration_seconds', 'Time in the queue.', flows, [
      [{ execute: 'true' }, flow => flow.waited],
      [{ execute: 'false' }, flow => flow.waitedInVain],
    ]),
    histograms('request_execution_seconds', 'Time of execution; of watches, until they have begun.', flows, [
      [{ type: 'regular' }, flow => flow.regular],
      [{ type: 'watch' }, flow => flow.watch],
    ]),
    histograms('request_queue_length_after_enqueue', 'Length of the queue a request came to.', flows, [
      [{}, flow => flow.queueLength],
    ]),
    histograms('work_estimated_seats', 'Seats requests were thought to take.', flows, [
      [{}, flow => flow.seats],
    ]),
  ].join('');
}

const flowLabels = ({ level, schema }: FlowStats): Labels => ({
  priority_level: level,
  flow_schema: schema,
});

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  return textFamily(`${PREFIX}_${name}`, type, help, samples);
}

function histograms(
  name: string,
  help: string,
  flows: readonly FlowStats[],
  parts: readonly (readonly [Labels, (flow: FlowStats) => Histogram])[],
): string {
  const series = flows.flatMap(flow =>
    parts.map(([extra, read]) => [{ ...flowLabels(flow), ...extra }, read(flow)] as const),
  );
  return histogramFamily(`${PREFIX}_${name}`, help, series);
}
