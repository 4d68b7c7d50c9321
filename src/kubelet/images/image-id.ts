/**
 * What a container's status gives as imageID: the digest by which its registry knows the image, or
 * the image's own id when it came from no registry. An image that was loaded into the node is
 * handed to the runtime by the node's own registry, under a name that the real one may not have
 * (docker.io/library/myapp@sha256:…): that would not be the truth, so it has its id.
 */
import type { ContainerRuntime, ContainerStatus } from '../cri/contract.ts';

export interface ImageIdOptions {
  readonly runtime: ContainerRuntime;
  /** Whether the image of that full name was loaded into the node. */
  readonly isLoaded: (image: string) => Promise<boolean>;
}

export type ImageIds = (status: ContainerStatus) => Promise<string>;

export function createImageIds({ runtime, isLoaded }: ImageIdOptions): ImageIds {
  const ids = new Map<string, string>();
  return async ({ image, imageRef }) => {
    if (!imageRef.includes('@')) return imageRef;
    const known = ids.get(imageRef);
    if (known !== undefined) return known;
    const loaded = await isLoaded(image);
    const id = loaded ? (await runtime.imageStatus(imageRef))?.id : undefined;
    // A pulled image may be loaded later on: only what cannot change is kept.
    if (id !== undefined) ids.set(imageRef, id);
    return id ?? imageRef;
  };
}
