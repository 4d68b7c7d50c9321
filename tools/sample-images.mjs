// Makes the sample images where they are missing. `peapod up` does it too; the tests' clusters live
// in network namespaces without a way to Debian's archive, so they need them made beforehand.
const { buildSampleImages } = await import('../dist/images/build.js');
const { CACHE_DIR } = await import('../dist/src/cluster/layout.js');
await buildSampleImages({
  cacheDir: `${CACHE_DIR}/images`,
  onBuild: reference => console.log(`▸ sample image ${reference.replace('docker.io/library/', '')}`),
});
