/** GET /version: which Kubernetes API this is. Clients parse major, minor and gitVersion. */
import type { ApiResponse } from '../request.ts';

export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  /** The version whose behaviour is shown, and the oldest one a client may be of. */
  readonly emulationMajor: string;
  readonly emulationMinor: string;
  readonly minCompatibilityMajor: string;
  readonly minCompatibilityMinor: string;
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  readonly buildDate: string;
  readonly goVersion: string;
  readonly compiler: string;
  readonly platform: string;
}

/** Build metadata after '+' is ours; what is before it is the API that is spoken. */
export const version: VersionInfo = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2+peapod',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: `node ${process.version}`,
  compiler: 'v8',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

export function versionResponse(): ApiResponse {
  return {
    status: 200,
    contentType: 'application/json',
    body: Buffer.from(`${JSON.stringify(version, null, 2)}\n`),
  };
}
