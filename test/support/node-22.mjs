// @kubernetes/client-node's HTTP library is made for Node 22. On Node 20 it lacks three functions:
// one is for answers in an encoding that Peapod does not send, one keeps objects out of messages
// between threads, one is a shorthand. To be imported before it.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
require('node:zlib').createZstdDecompress ??= () => {
  throw new Error('this Node knows no zstd');
};
require('node:worker_threads').markAsUncloneable ??= () => {};
Promise.withResolvers ??= () => {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
};
