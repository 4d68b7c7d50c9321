/** The real kubectl and helm, of two versions, unpacked where all tests of this machine find them. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KubernetesMinor, packagedProgram } from '../../src/cluster/kubectl/packaged-program.ts';

/** Why there are none here; undefined when there are. The packages carry programs for one platform. */
export const whyNoClientTools: string | undefined =
  process.platform === 'linux' && process.arch === 'x64'
    ? undefined
    : `kubectl and helm come for linux x64, this is ${process.platform} ${process.arch}`;

export const clientTool = (minor: KubernetesMinor, program: 'kubectl' | 'helm'): Promise<string> =>
  packagedProgram(minor, program, join(tmpdir(), 'peapod-test-tools'));
