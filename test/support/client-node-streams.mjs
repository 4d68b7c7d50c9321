// exec, attach, log and port-forward by @kubernetes/client-node, against the cluster of KUBECONFIG:
// prints what came back as JSON. Its arguments: a pod that answers HTTP on port 80 in its container
// `web` and has a shell in `side`, and a pod that prints `tick` for ever.
import './node-22.mjs';

import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { Attach, Exec, KubeConfig, Log, PortForward } from '@kubernetes/client-node';

const [pod = '', talker = ''] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromDefault();

/** A stream that keeps what is written to it. */
function keep() {
  const stream = new PassThrough();
  const kept = { stream, text: '' };
  stream.on('data', chunk => {
    kept.text += chunk.toString();
    stream.emit('kept');
  });
  return kept;
}

async function until(kept, pattern) {
  while (!pattern.test(kept.text)) await once(kept.stream, 'kept');
  return kept.text;
}

async function exec(command, stdin) {
  const [out, err] = [keep(), keep()];
  const status = await new Promise((resolve, reject) => {
    new Exec(config)
      .exec('default', pod, 'side', command, out.stream, err.stream, stdin, false, resolve)
      .catch(reject);
  });
  return { out: out.text, err: err.text, status: status.status, code: status.details?.causes?.[0]?.message };
}

const stdin = new PassThrough();
stdin.write('typed\n');
const results = {
  exec: await exec(['sh', '-c', 'read line; echo "got $line"; echo warned >&2; exit 3'], stdin),
  done: await exec(['true'], null),
};
stdin.end();

const logged = keep();
await new Log(config).log('default', talker, talker, logged.stream, { tailLines: 2 });
results.log = await until(logged, /tick\ntick\n/);

const followed = keep();
await new Log(config).log('default', talker, talker, followed.stream, { follow: true, tailLines: 1 });
results.followed = (await until(followed, /(tick\n){3}/)).startsWith('tick\n');

const attached = keep();
const attachment = await new Attach(config).attach('default', talker, talker, attached.stream, null, null, false);
results.attached = (await until(attached, /(tick\n){2}/)).includes('tick');
attachment.close();

const [answer, input] = [keep(), new PassThrough()];
const forwarding = await new PortForward(config).portForward('default', pod, [80], answer.stream, null, input);
input.write('GET / HTTP/1.0\r\n\r\n');
results.forwarded = /Hello MyApp/.test(await until(answer, /Hello MyApp/));
forwarding.close();

console.log(JSON.stringify(results));
process.exit(0);
