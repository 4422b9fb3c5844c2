// Compresses what the build made, so that the server only has to hand it out. Called by `npm run build`.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const out = process.env.RINGWERK_WEB_OUT ?? "dist";
for (const name of readdirSync(out, { recursive: true })) {
  const file = join(out, name);
  if (!statSync(file).isFile() || !/\.(js|css|svg|json)$/.test(name)) continue;
  const plain = readFileSync(file);
  const small = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } });
  if (small.length < plain.length) writeFileSync(`${file}.br`, small);
}
