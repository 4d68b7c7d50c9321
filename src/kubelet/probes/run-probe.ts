/** Carries out one probe: exec, HTTP(S), TCP or gRPC. */
import { connect } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import type { Container, Probe } from '../../generated/core-v1.ts';
import { type ContainerRuntime, isRuntimeError, rpcMessage } from '../cri/contract.ts';
import { httpTarget, resolvePort } from '../lifecycle/handler.ts';
import { httpGet, networkError } from '../lifecycle/http-get.ts';
import { grpcHealth } from './grpc-health.ts';

interface ProbeTarget {
  readonly probe: Probe;
  readonly container: Container;
  readonly containerId: string;
  readonly podIP: string;
}

export interface ProbeOutcome {
  /**
   * unknown: the probe itself could not be made; it counts for nothing. warning: counts as success, and
   * is told of.
   */
  readonly result: 'success' | 'warning' | 'failure' | 'unknown';
  readonly output: string;
}

export type ProbeRunner = (target: ProbeTarget) => Promise<ProbeOutcome>;

const MAX_OUTPUT = 10 * 1024;
const USER_AGENT = 'kube-probe/1.36';

const success = (output = ''): ProbeOutcome => ({ result: 'success', output });
const failure = (output: string): ProbeOutcome => ({ result: 'failure', output });

export function createProbeRunner(runtime: ContainerRuntime, clock: Clock): ProbeRunner {
  return async target => {
    const { probe, container, podIP } = target;
    const timeoutSeconds = probe.timeoutSeconds ?? 1;
    try {
      if (probe.exec) return await execProbe(runtime, target, timeoutSeconds);
      if (probe.httpGet) {
        const http = httpTarget(probe.httpGet, container, podIP);
        return await httpProbe(http, timeoutSeconds * 1000, clock);
      }
      if (probe.tcpSocket) {
        const host = probe.tcpSocket.host || podIP;
        const port = resolvePort(probe.tcpSocket.port, container);
        return await tcpProbe(host, port, timeoutSeconds * 1000, clock);
      }
      if (probe.grpc) {
        const { port, service = '' } = probe.grpc;
        const address = `${podIP.includes(':') ? `[${podIP}]` : podIP}:${port}`;
        const problem = await grpcHealth({ address, service, timeoutSeconds, nowMs: clock.now() });
        return problem === undefined ? success() : failure(problem);
      }
      return { result: 'unknown', output: 'missing probe handler' };
    } catch (error) {
      return { result: 'unknown', output: rpcMessage(error) };
    }
  };
}

async function execProbe(
  runtime: ContainerRuntime,
  target: ProbeTarget,
  timeoutSeconds: number,
): Promise<ProbeOutcome> {
  const command = target.probe.exec?.command ?? [];
  try {
    const { stdout, stderr, exitCode } = await runtime.execSync(target.containerId, command, timeoutSeconds);
    const output = Buffer.concat([stdout, stderr]).subarray(0, MAX_OUTPUT).toString();
    return exitCode === 0 ? success(output) : failure(output);
  } catch (error) {
    if (!isRuntimeError(error, 'DeadlineExceeded')) throw error;
    return failure(
      `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${timeoutSeconds}s`,
    );
  }
}

async function httpProbe(
  target: ReturnType<typeof httpTarget>,
  timeoutMs: number,
  clock: Clock,
): Promise<ProbeOutcome> {
  try {
    const { status, body } = await followLocal(target, timeoutMs, clock);
    if (status >= 200 && status < 400) {
      if (status < 300) return success(body);
      return { result: 'warning', output: `Probe terminated redirects, Response body: ${body}` };
    }
    return failure(`HTTP probe failed with statuscode: ${status}`);
  } catch (error) {
    return failure((error as Error).message);
  }
}

const MAX_REDIRECTS = 10;

/** Redirects to the same host are followed; one to another host is a success with a warning (upstream). */
async function followLocal(start: ReturnType<typeof httpTarget>, timeoutMs: number, clock: Clock) {
  const deadline = clock.monotonic() + timeoutMs;
  let target = start;
  for (let redirects = 0; ; redirects++) {
    const left = Math.max(1, deadline - clock.monotonic());
    const answer = await httpGet(target, { userAgent: USER_AGENT, timeoutMs: left, clock });
    if (answer.status < 300 || answer.status >= 400 || !answer.location) return answer;
    const next = new URL(answer.location, target.url);
    if (next.hostname !== new URL(start.url).hostname) return answer;
    if (redirects >= MAX_REDIRECTS)
      throw new Error(`Get "${start.url}": stopped after ${MAX_REDIRECTS} redirects`);
    target = { ...target, url: next.toString(), isHttps: next.protocol === 'https:' };
  }
}

function tcpProbe(host: string, port: number, timeoutMs: number, clock: Clock): Promise<ProbeOutcome> {
  return new Promise(resolve => {
    const socket = connect({ host, port });
    const done = (outcome: ProbeOutcome) => {
      timer.cancel();
      socket.destroy();
      resolve(outcome);
    };
    const timer = clock.schedule(timeoutMs, () => done(failure(`dial tcp ${host}:${port}: i/o timeout`)));
    socket.on('connect', () => done(success()));
    socket.on('error', error => done(failure(networkError(error, `${host}:${port}`))));
  });
}
