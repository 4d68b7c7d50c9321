/**
 * myapp:v1 and myapp:v2: nginx answering with its version, and at /hostname.html with the name of
 * the pod (which is its host name). That page comes from the configuration, not from a file: the
 * document root holds exactly 50x.html and index.html.
 *
 * nginx is the container's main process: TERM, its fast shutdown, ends it at once. It logs
 * requests to standard output and problems to standard error, and nothing at start.
 */
import { baseLayer } from './base.ts';
import { directory, file, type ImageFile, type ImageRecipe, PATH, symlink } from './image.ts';
import { withLibraries } from './programs.ts';

export const myappV1 = myapp('v1');
export const myappV2 = myapp('v2');

function myapp(version: string): ImageRecipe {
  return {
    reference: `docker.io/library/myapp:${version}`,
    async build(debian) {
      const base = await baseLayer(debian);
      const packages = await debian.packages(['nginx', 'nginx-common']);
      const nginx = withLibraries(packages, ['usr/sbin/nginx', 'etc/nginx/mime.types']);
      for (const path of base.keys()) nginx.delete(path);
      nginx.set('etc/nginx/nginx.conf', file(CONFIGURATION));
      nginx.set('var/log/nginx', directory());
      nginx.set('var/lib/nginx', directory());
      const pages = new Map<string, ImageFile>([
        ['usr/share/nginx/html/index.html', file(page(version))],
        ['usr/share/nginx/html/50x.html', file(ERROR_PAGE)],
        ['etc/nginx/html', symlink('/usr/share/nginx/html')],
      ]);
      return {
        reference: this.reference,
        layers: [base, nginx, pages],
        config: { command: ['/usr/sbin/nginx'], environment: { PATH }, ports: [80] },
      };
    },
  };
}

const page = (version: string) =>
  `Hello MyApp | Version: ${version} | <a href="hostname.html">Pod Name</a>\n`;

const ERROR_PAGE = `<!DOCTYPE html>
<html>
<head><title>Error</title></head>
<body><h1>An error occurred.</h1><p>The page you are looking for is currently unavailable.</p></body>
</html>
`;

const CONFIGURATION = `user www-data;
worker_processes 1;
daemon off;
pid /run/nginx.pid;
error_log stderr warn;

events {
  worker_connections 1024;
}

http {
  include mime.types;
  default_type application/octet-stream;
  access_log /dev/stdout;
  server_tokens off;
  sendfile on;

  server {
    listen 80;
    root /usr/share/nginx/html;
    index index.html;
    error_page 500 502 503 504 /50x.html;

    location = /hostname.html {
      default_type text/html;
      return 200 "$hostname\\n";
    }
  }
}
`;
