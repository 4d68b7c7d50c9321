/**
 * What a sample image is made of, before any archive is written: files in layers, and how the
 * container starts. Everything that could differ from one run to the next (times, order, owners)
 * is fixed when the layer is written (layer.ts), so the same files give the same digests.
 */

/** A path is relative to the image's root, without a leading slash: 'usr/bin/sh'. */
export type ImageFile =
  | { readonly type: 'file'; readonly mode: number; readonly body: Buffer }
  | { readonly type: 'symlink'; readonly target: string }
  | { readonly type: 'directory'; readonly mode: number };

/** The files of one layer by path. */
export type FileTree = ReadonlyMap<string, ImageFile>;

interface ImageConfig {
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Ports the image documents, TCP. */
  readonly ports?: readonly number[];
}

export interface Image {
  /** Complete reference: docker.io/library/myapp:v1. */
  readonly reference: string;
  /** From the bottom to the top. */
  readonly layers: readonly FileTree[];
  readonly config: ImageConfig;
}

/** How an image is made. `debian` gives the files of Debian's packages, downloading what is missing. */
export interface ImageRecipe {
  readonly reference: string;
  build(debian: DebianFiles): Promise<Image>;
}

export interface DebianFiles {
  /** Debian's name of the machine: amd64 or arm64. */
  readonly architecture: string;
  /**
   * Files of these packages and of the libraries they depend on, by path, merged as a system with
   * /usr merged has them (everything under usr/).
   */
  packages(names: readonly string[]): Promise<FileTree>;
}

export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const directory = (mode = 0o755): ImageFile => ({ type: 'directory', mode });
export const symlink = (target: string): ImageFile => ({ type: 'symlink', target });
export const file = (body: Buffer | string, mode = 0o644): ImageFile => ({
  type: 'file',
  mode,
  body: Buffer.from(body),
});
